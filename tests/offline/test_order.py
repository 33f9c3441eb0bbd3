"""Files and answers of an offline signer in any order: what was overtaken turns nothing back."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from custody.common import canonical
from custody.common.errors import CustodyError
from custody.hsm.carried import mirror_offline_signer
from custody.hsm.models import OfflineSigner, SigningKey, SigningRequest
from custody.hsm.standing import standing
from custody.hsm.trust.proving import known_credentials
from custody.statements.fingerprint import fingerprint
from tests.hsm.conftest import store_is_the_signers
from tests.offline.test_pages import CarryingOffice, carrying, hold
from tests.offline.vault import NAME
from tests.signer.genesis import FIRST, INSTANCE, MAKER, SECOND

__all__ = ["carrying", "store_is_the_signers"]

OTHER = {
    "key": "key_01KAJ8V0000000000000000099",
    "purpose": "spend",
    "curve": "secp256k1",
    "public_key": "02" + "33" * 32,
    "state": "ACTIVE",
}


def file_of(office: CarryingOffice, **changes: Any) -> bytes:
    """What the signer publishes now, with a few things said otherwise."""
    office.bench.public.publish_identity(at=office.now)
    data = (office.bench.directory / "public" / "signer.json").read_bytes()
    value = canonical.decode(data, limit=canonical.MAX_REQUEST)
    return canonical.encode(value | changes, limit=canonical.MAX_REQUEST)


def take_over(office: CarryingOffice, data: bytes, name: str = NAME) -> OfflineSigner:
    return mirror_offline_signer(data=data, name=name, words=fingerprint(data), at=office.now)


def refused(office: CarryingOffice, data: bytes, name: str = NAME) -> str:
    with pytest.raises(CustodyError) as refusal:
        take_over(office, data, name)
    return refusal.value.code


def seal() -> SigningKey:
    return SigningKey.objects.get(purpose="seal")


def put_into(office: CarryingOffice, state: str) -> SigningRequest:
    """Ask the offline signer to put its seal key into a state."""
    draft = office.draft("KEY_STATE", key=seal().pk, state=state, signer=INSTANCE)
    office.bring(draft, MAKER, FIRST, SECOND)
    assert office.do(draft, "submit").status_code == 302
    return office.last_request()


def test_late_answers_do_not_turn_the_state_of_a_key_back(carrying: CarryingOffice) -> None:
    first = put_into(carrying, "SUSPENDED")
    early = carrying.at_the_console(carrying.taken_along(first))
    carrying.bench.hands.pass_by(seconds=1)
    take_over(carrying, file_of(carrying))
    second = put_into(carrying, "COMPROMISED")
    late = carrying.at_the_console(carrying.taken_along(second))
    for request, answer in ((second, late), (first, early)):
        assert carrying.bring_answer(request, answer.to_bytes()).status_code == 302
        assert seal().state == "COMPROMISED"


def test_a_file_of_before_an_answer_turns_neither_key_nor_head_back(carrying: CarryingOffice) -> None:
    before = file_of(carrying)
    request = put_into(carrying, "SUSPENDED")
    answer = carrying.at_the_console(carrying.taken_along(request))
    assert carrying.bring_answer(request, answer.to_bytes()).status_code == 302
    take_over(carrying, before)
    assert seal().state == "SUSPENDED"
    assert standing(OfflineSigner.objects.get()).head("keys")[0] == 1


def test_an_older_file_is_refused_although_its_words_are_right(carrying: CarryingOffice) -> None:
    before = file_of(carrying)
    hold(carrying)
    carrying.answer_all()
    take_over(carrying, file_of(carrying))
    assert refused(carrying, before) == "file_outdated"
    assert len(standing(OfflineSigner.objects.get()).holds) == 1


def test_after_a_recovery_lower_numbers_count_again(carrying: CarryingOffice) -> None:
    before = canonical.decode(file_of(carrying), limit=canonical.MAX_REQUEST)["head"]
    hold(carrying)
    carrying.answer_all()
    take_over(carrying, file_of(carrying))
    recovered = before | {"recovered_at": "2026-11-21T09:30:00Z"}
    signer = take_over(carrying, file_of(carrying, head=recovered, trust={}))
    assert (signer.head_seq, standing(signer).head("holds")) == (before["seq"], (0, "00" * 32))
    assert refused(carrying, file_of(carrying)) == "file_outdated"


def test_the_credentials_of_the_offline_signer_are_its_own(carrying: CarryingOffice) -> None:
    signer = OfflineSigner.objects.get()
    known = known_credentials(signer)
    assert known is not None
    assert MAKER in {entry.person for entry in known}
    assert known_credentials() is None  # the one on the queue has published none
    take_over(carrying, file_of(carrying, credentials=[]))
    draft = carrying.draft("KILL", signer=INSTANCE)
    data = canonical.encode(carrying.approval(draft, MAKER).to_json()).decode()
    assert carrying.do(draft, "approve", {"approve-text": data}).status_code == 400


@pytest.mark.parametrize("same", ["key", "public_key"])
def test_no_key_of_another_signer_is_taken_over(carrying: CarryingOffice, same: str) -> None:
    SigningKey.objects.create(
        id="key_01KAJ8V0000000000000000098", purpose="spend", curve="secp256k1", state="ACTIVE",
        public_key="02" + "44" * 32,
    )  # fmt: skip
    theirs = OTHER | {"key": ("key_01KAJ8V0000000000000000098" if same == "key" else OTHER["key"])}
    theirs |= {"public_key": "02" + "44" * 32} if same == "public_key" else {}
    keys = canonical.decode(file_of(carrying), limit=canonical.MAX_REQUEST)["keys"]
    assert refused(carrying, file_of(carrying, keys=[*keys, theirs])) == "key_of_another_signer"
    assert not SigningKey.objects.filter(pk=OTHER["key"]).exists()


def with_key(office: CarryingOffice, key: object) -> dict[str, Any]:
    return {"keys": [*canonical.decode(file_of(office), limit=canonical.MAX_REQUEST)["keys"], key]}


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("x", "not an object (/keys/6)"),
        ({"key": OTHER["key"]}, "field is missing (/keys/6/purpose)"),
        (OTHER | {"certificate": "zz"}, "not lower-case hex (/keys/6/certificate)"),
        (OTHER | {"state": []}, "not a word of at most 16 characters (/keys/6/state)"),
        (OTHER | {"purpose": "x" * 40}, "not a word of at most 16 characters (/keys/6/purpose)"),
        (OTHER | {"activation": {}}, "field is missing (/keys/6/activation/key)"),
    ],
)
def test_a_malformed_key_is_refused_with_its_place(
    carrying: CarryingOffice, tmp_path: Path, key: object, place: str
) -> None:
    number = len(canonical.decode(file_of(carrying), limit=canonical.MAX_REQUEST)["keys"])
    data = file_of(carrying, **with_key(carrying, key))
    (tmp_path / "signer.json").write_bytes(data)
    before = SigningKey.objects.count()
    with pytest.raises(CommandError) as refusal:
        call_command(
            "mirror_offline_signer",
            str(tmp_path / "signer.json"),
            "--name",
            NAME,
            "--words",
            fingerprint(data),
        )
    assert place.replace("/6", f"/{number}") in str(refusal.value)
    assert SigningKey.objects.count() == before


@pytest.mark.parametrize(
    "changes",
    [{"trust": [1]}, {"demo": "maybe"}, {"instance": 5}, {"policy": {}}, {"genesis": None}, {"keys": {}}],
)
def test_a_malformed_file_is_refused(carrying: CarryingOffice, changes: dict[str, Any]) -> None:
    value = canonical.decode(file_of(carrying), limit=canonical.MAX_REQUEST) | changes
    value = {name: entry for name, entry in value.items() if entry is not None}
    assert refused(carrying, canonical.encode(value, limit=canonical.MAX_REQUEST)) == "bad_identity"


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb"])
def test_a_name_that_is_none_is_refused(carrying: CarryingOffice, name: str) -> None:
    assert refused(carrying, file_of(carrying), name) == "bad_name"


def test_a_file_read_twice_changes_nothing(carrying: CarryingOffice) -> None:
    data = file_of(carrying)
    before = list(SigningKey.objects.order_by("pk").values())
    carrying.bench.hands.pass_by(seconds=int(timedelta(minutes=5).total_seconds()))
    for _ in range(2):
        take_over(carrying, data)
    after = list(SigningKey.objects.order_by("pk").values())
    assert [{**row, "state_seq": 0} for row in before] == [{**row, "state_seq": 0} for row in after]

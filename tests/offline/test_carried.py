"""From a payment on the web to the offline signer and back, as file and as pictures; thieves on the way."""

import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import zxingcpp
from django.db import ProgrammingError, transaction
from PIL import Image

from custody.accounts.models import User
from custody.accounts.roles import Role
from custody.common import canonical, parts, qr
from custody.common.errors import CustodyError
from custody.hsm import selectors as desk
from custody.hsm import services as signing
from custody.hsm.carried import mirror_offline_signer, take_answer
from custody.hsm.models import (
    CarriedAnswer,
    JournalEntry,
    SignerIdentity,
    SigningKey,
    SigningRequest,
    SigningResult,
)
from custody.hsm.signer.offline.counter import REFUSE
from custody.statements.fingerprint import fingerprint
from custody.statements.intent import Payee
from custody.statements.request import Request
from custody.statements.trust.holds import Kill
from custody.wallets import services
from custody.wallets.models import TransferIntent
from custody.wallets.spend_facts import _own_wallets
from custody.wallets.states import State
from scripts.embedded.bitcoind import Node
from tests.cast import person
from tests.harness.signer_role import write_answer
from tests.offline.conftest import counter_of
from tests.offline.vault import ON_THE_QUEUE, Vault
from tests.signer.bench import Bench
from tests.signer.genesis import FIRST, INSTANCE, TREASURER
from tests.signer.house import House, wallet_id
from tests.wallets.conftest import _node_of_tests, open_store, rules
from tests.wallets.deals import start_at_tip
from tests.wallets.houses import QUORUM

__all__ = ["_node_of_tests", "open_store", "rules"]


@pytest.fixture
def vault(rules: None, node: Node, open_store: None, bench: Bench) -> Vault:
    """A treasurer at a funded wallet whose key is offline."""
    SignerIdentity.objects.update(instance=ON_THE_QUEUE)
    start_at_tip(node)
    vault = Vault.open(node, House(bench))
    assert isinstance(vault, Vault)
    vault.fund(1_000_000)
    return vault


@pytest.fixture
def courier(db: None) -> User:
    return person("courier", Role.KEY_CUSTODIAN)


@pytest.fixture
def asked(vault: Vault) -> TransferIntent:
    """A payment that everybody approved; its request waits to be carried."""
    intent = vault.asked()
    assert vault.state(intent) == State.SIGNING
    return intent


def bring(vault: Vault, courier: User, request: SigningRequest, data: bytes) -> SigningResult:
    return take_answer(actor=courier, request_id=request.pk, data=data, at=vault.at)


def refusal(action: Callable[..., object], *args: Any) -> str:
    with pytest.raises(CustodyError) as caught:
        action(*args)
    return caught.value.code


def nothing_came_in(vault: Vault, intent: TransferIntent) -> bool:
    return nothing_came_in_for(vault, intent) and not SigningResult.objects.exists()


def nothing_came_in_for(vault: Vault, intent: TransferIntent) -> bool:
    results = SigningResult.objects.filter(request=vault.request_of(intent))
    return vault.state(intent) == State.SIGNING and not results.exists()


def paid(vault: Vault, intent: TransferIntent) -> str:
    services.apply_signature(request_id=vault.request_of(intent).pk, at=vault.at)
    vault.drive(intent)
    assert vault.state(intent) == State.BROADCAST
    vault.mine(3)
    return vault.state(intent)


# --- the whole way ------------------------------------------------------------------------------


def test_a_payment_goes_over_as_a_file(vault: Vault, asked: TransferIntent, courier: User) -> None:
    request = vault.request_of(asked)
    assert request.offline == vault.signer
    assert canonical.decode(bytes(request.body), limit=canonical.MAX_REQUEST)["instance"] == INSTANCE
    row = bring(vault, courier, request, vault.carried(request).to_bytes())
    assert row.outcome == "SIGNED"
    assert paid(vault, asked) == State.FINAL
    kept = CarriedAnswer.objects.get()
    assert (kept.result, kept.signer, kept.brought_by) == (row, vault.signer, courier)
    assert not JournalEntry.objects.exists()


def test_a_payment_goes_over_as_pictures(vault: Vault, asked: TransferIntent, courier: User) -> None:
    def through_the_camera(data: bytes) -> bytes:
        pictures = [qr.png(text) for text in parts.split(data)]
        read = [zxingcpp.read_barcodes(Image.open(io.BytesIO(one)).convert("L"))[0].text for one in pictures]
        return "\n".join(reversed(read)).encode()

    request = vault.request_of(asked)
    scanned = parts.unpack(through_the_camera(bytes(request.body)), limit=canonical.MAX_REQUEST)
    assert scanned == bytes(request.body)
    answer = vault.carried(request)
    assert bring(vault, courier, request, through_the_camera(answer.to_bytes())).outcome == "SIGNED"
    assert paid(vault, asked) == State.FINAL


def test_a_refusal_comes_back_with_its_reason(vault: Vault, asked: TransferIntent, courier: User) -> None:
    request = vault.request_of(asked)
    row = bring(vault, courier, request, vault.carried(request, typed=REFUSE).to_bytes())
    assert row.outcome == "REFUSED"
    services.apply_signature(request_id=request.pk, at=vault.at)
    assert vault.state(asked) == State.CANCELLING
    result = desk.result_of(request.pk)
    assert result is not None
    assert result.rule == "declined_at_console"


def test_the_same_answer_twice_is_once(vault: Vault, asked: TransferIntent, courier: User) -> None:
    request = vault.request_of(asked)
    data = vault.carried(request).to_bytes()
    assert bring(vault, courier, request, data) == bring(vault, courier, request, data)
    assert bring(vault, courier, request, vault.carried(request).to_bytes()).outcome == "SIGNED"
    assert (SigningResult.objects.count(), CarriedAnswer.objects.count()) == (1, 1)


# --- thieves on the way ---------------------------------------------------------------------------


def test_a_request_altered_on_the_way_gives_no_answer_that_is_taken(
    vault: Vault, asked: TransferIntent, courier: User
) -> None:
    request = vault.request_of(asked)
    altered = replace(Request.from_bytes(bytes(request.body)), approvals=())
    counter = counter_of(vault.house.bench)
    case = counter.look(altered.to_bytes())
    assert (case.verdict["rule"], case.verdict["culprit"]) == ("maker_has_not_signed", "/approvals")
    answer = counter.answer(case, custodian=TREASURER, typed=REFUSE)
    assert refusal(bring, vault, courier, request, answer.to_bytes()) == "answer_of_another"
    assert nothing_came_in(vault, asked)


def test_the_answer_to_another_request_is_refused(vault: Vault, courier: User) -> None:
    vault.fund(500_000)
    first, second = vault.asked(), vault.asked(amount=490_000)
    data = vault.carried(vault.request_of(first)).to_bytes()
    assert refusal(bring, vault, courier, vault.request_of(second), data) == "answer_of_another"
    assert nothing_came_in(vault, second)


@pytest.mark.parametrize(
    ("field", "value"),
    [("checkpoint_key", "02" + "11" * 32), ("instance", ON_THE_QUEUE)],
)
def test_the_answer_of_another_signer_is_refused(
    vault: Vault, asked: TransferIntent, courier: User, field: str, value: str
) -> None:
    """As if the request belonged to a signer with another key, or of another installation."""
    request = vault.request_of(asked)
    answer = vault.carried(request)
    if field == "instance":
        result = replace(answer.result, instance=value)
        answer = replace(answer, result=result, checkpoint=replace(answer.checkpoint, instance=value))
    else:
        type(vault.signer).objects.update(checkpoint_key=value)
    assert refusal(bring, vault, courier, request, answer.to_bytes()) == "answer_of_another"
    assert nothing_came_in(vault, asked)


def test_a_forged_refusal_does_not_free_the_coins(vault: Vault, asked: TransferIntent, courier: User) -> None:
    """Who could forge one would have the same coins paid twice by two payments."""
    request = vault.request_of(asked)
    answer = vault.carried(request)
    forged = replace(answer.result, outcome="REFUSED", rule="killed", culprit="", signatures=())
    data = replace(answer, result=forged).to_bytes()
    assert refusal(bring, vault, courier, request, data) == "answer_not_proved"
    assert nothing_came_in(vault, asked)
    assert bring(vault, courier, request, answer.to_bytes()).outcome == "SIGNED"


@pytest.mark.parametrize("typed", [None, REFUSE], ids=["as long", "shorter"])
def test_a_machine_that_was_turned_back_as_a_whole_contradicts_itself(
    vault: Vault, courier: User, tmp_path: Path, caplog: pytest.LogCaptureFixture, typed: str | None
) -> None:
    """Store and head file restored together: only what it said before gives it away."""
    vault.fund(500_000)
    first, second = vault.asked(), vault.asked(amount=490_000)
    bench = vault.house.bench
    vault.pause()
    shutil.copytree(bench.directory, tmp_path / "copy")
    vault.resume()
    bring(vault, courier, vault.request_of(first), vault.carried(vault.request_of(first)).to_bytes())
    vault.pause()
    shutil.rmtree(bench.directory)
    shutil.copytree(tmp_path / "copy", bench.directory)
    vault.resume()
    data = vault.carried(vault.request_of(second), typed=typed).to_bytes()
    assert refusal(bring, vault, courier, vault.request_of(second), data) == "contradicts_earlier"
    assert "contradicts an answer it gave before" in caplog.text
    assert nothing_came_in_for(vault, second)


@pytest.mark.parametrize("data", [b"", b"{}", b"CUSTODY1:nothing", b"\xff\xfe", b"[" * 5000])
def test_what_is_no_answer_is_refused(
    vault: Vault, asked: TransferIntent, courier: User, data: bytes
) -> None:
    with pytest.raises(CustodyError) as caught:
        bring(vault, courier, vault.request_of(asked), data)
    assert caught.value.field == "answer"
    assert nothing_came_in(vault, asked)


def test_who_may_not_carry_brings_nothing(vault: Vault, asked: TransferIntent, auditor: User) -> None:
    request = vault.request_of(asked)
    data = vault.carried(request).to_bytes()
    assert refusal(bring, vault, auditor, request, data) == "no_right"
    assert nothing_came_in(vault, asked)


def test_no_answer_is_brought_for_the_signer_on_the_queue(
    vault: Vault, asked: TransferIntent, courier: User
) -> None:
    request = vault.request_of(asked)
    data = vault.carried(request).to_bytes()
    on_queue = SigningRequest.objects.create(
        id="req_01KAJ8W0000000000000000077", kind="CHECKPOINT", subject="main", body=b"x", created_at=vault.at
    )
    assert refusal(bring, vault, courier, on_queue, data) == "not_carried"
    assert refusal(take_answer_of, courier, "req_01KAJ8W0000000000000000078", data, vault) == "not_found"


def take_answer_of(courier: User, request_id: str, data: bytes, vault: Vault) -> SigningResult:
    return take_answer(actor=courier, request_id=request_id, data=data, at=vault.at)


def test_the_database_lets_the_web_write_answers_to_carried_requests_alone(
    vault: Vault, asked: TransferIntent
) -> None:
    """Not even the web's own role answers for the signer on the queue, nor that one for an offline signer."""
    on_queue = SigningRequest.objects.create(
        id="req_01KAJ8W0000000000000000077", kind="CHECKPOINT", subject="main", body=b"x", created_at=vault.at
    )
    with pytest.raises(ProgrammingError) as caught, transaction.atomic():
        SigningResult.objects.create(request=on_queue, outcome="REFUSED", body=b"forged")
    assert isinstance(caught.value.__cause__, psycopg.errors.InsufficientPrivilege)
    with pytest.raises(ProgrammingError), transaction.atomic():
        write_answer(vault.request_of(asked), outcome="REFUSED", body=b"forged")
    assert not SigningResult.objects.exists()


# --- a web that withholds or is behind ------------------------------------------------------------


def test_a_kill_that_reached_the_offline_signer_counts_whatever_the_web_carries(
    vault: Vault, asked: TransferIntent, courier: User
) -> None:
    officers = vault.house.officers
    officers.accept("KILL", Kill(), FIRST, maker=FIRST)
    request = vault.request_of(asked)
    answer = vault.carried(request, typed=REFUSE)
    assert (answer.result.outcome, answer.result.rule) == ("REFUSED", "killed")


def test_a_withheld_kill_is_not_noticed_offline_and_one_that_came_stops_the_web_as_well(vault: Vault) -> None:
    """Nothing tells the signer what it was not brought; the web knows once the file was carried back."""
    vault.house.officers.accept("KILL", Kill(), FIRST, maker=FIRST)
    vault.mirror()
    intent = vault.propose(990_000)
    vault.approve(intent, *QUORUM)
    assert refusal(vault.drive, intent) == "killed"
    assert vault.state(intent) == State.PREPARED
    assert not SigningRequest.objects.exists()


def test_offline_requests_are_woken_on_no_queue(
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(signing, "wake_signer", woken.append)
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        intent = vault.asked()
    for callback in callbacks:
        if callback.__qualname__.startswith("submit_request"):
            callback()
    assert vault.state(intent) == State.SIGNING
    signing.sweep(at=vault.at + timedelta(minutes=5))
    assert woken == []


# --- getting to know a signer ---------------------------------------------------------------------


def test_keys_of_the_offline_signer_serve_nothing_on_the_queue(vault: Vault) -> None:
    assert {key.purpose for key in vault.signer.keys.all()} == {
        "attest", "checkpoint", "demo_ca", "mediator", "seal", "spend",
    }  # fmt: skip
    for purpose in ("mediator", "checkpoint", "seal", "attest"):
        assert refusal(desk.active_key, purpose) == "no_active_key"


def test_words_that_differ_are_refused(vault: Vault) -> None:
    data = vault.published.read_bytes()
    words = fingerprint(data + b" ")

    def mirror() -> object:
        return mirror_offline_signer(data=data, name="x", words=words, at=vault.at)

    assert refusal(mirror) == "fingerprint_differs"


def test_a_wallet_of_the_other_signer_is_no_own_wallet(vault: Vault) -> None:
    """Each signer knows its own keys alone, so the web must not count on more."""
    house = vault.house
    key = house.make_key(2)
    house.activate(key, wallet=2, tier="COLD")
    vault.mirror()
    wanted = house.intent(payees=(Payee(to=house.address(key), amount=990_000),))
    assert [own.wallet for own in _own_wallets(wanted)] == [wallet_id(2)]
    SigningKey.objects.filter(pk=key).update(offline=None)
    assert list(_own_wallets(wanted)) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"genesis": "11" * 32}, "other_genesis"),
        ({"instance": ON_THE_QUEUE}, "instance_taken"),
        ({"instance": "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C8"}, "name_taken"),
        ({"keys": []}, "bad_identity"),
    ],
)
def test_another_identity_is_not_taken_over(vault: Vault, change: dict[str, Any], code: str) -> None:
    published = canonical.decode(vault.published.read_bytes(), limit=canonical.MAX_REQUEST) | change
    data = canonical.encode(published, limit=canonical.MAX_REQUEST)

    def mirror() -> object:
        return mirror_offline_signer(data=data, name=vault.signer.name, words=fingerprint(data), at=vault.at)

    assert refusal(mirror) == code


def test_no_signer_takes_over_a_key_of_another(vault: Vault) -> None:
    data = vault.published.read_bytes()
    SigningKey.objects.filter(purpose="spend").update(offline=None)

    def mirror() -> object:
        return mirror_offline_signer(data=data, name=vault.signer.name, words=fingerprint(data), at=vault.at)

    assert refusal(mirror) == "key_of_another_signer"

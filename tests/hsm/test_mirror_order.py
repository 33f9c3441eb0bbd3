"""What the mirror of a signer takes over follows the order of its journal, whatever comes when."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.hsm import mirror
from custody.hsm.models import JournalEntry, OfflineSigner, SignerIdentity, SigningKey
from custody.hsm.standing import standing
from custody.statements.result import Head, Result
from custody.statements.store_entry import StoreEntry
from tests.hsm.desk import AT, INSTANCE
from tests.hsm.test_mirror import published  # noqa: F401 - fixture

KEY = "key_01KAJ8V0000000000000000001"
HASH = "ab" * 32


def told(seq: int, state: str) -> Result:
    """A result that reports a state of the key."""
    entry = StoreEntry(
        seq=seq, previous=f"{seq - 1:064x}", kind="KEY", at=AT, body={"key": KEY, "state": state}
    )
    return Result(
        instance=INSTANCE,
        request="req_01KAJ8W0000000000000000077",
        request_hash="00" * 32,
        outcome="RECORDED",
        entries=(entry,),
        head=Head(seq=seq, hash=entry.hash),
    )


def write(path: Path, **changes: Any) -> Path:
    path.write_bytes(canonical.encode(json.loads(path.read_bytes()) | changes))
    return path


def head(seq: int, **more: str) -> dict[str, Any]:
    return {"seq": seq, "hash": HASH, **more}


def kills(number: int) -> dict[str, Any]:
    return {"kills": [{"document": f"{n:064x}"} for n in range(number)]}


def state() -> str:
    return SigningKey.objects.get().state


def test_a_state_that_was_overtaken_changes_nothing(db: None, published: Path) -> None:  # noqa: F811
    mirror.mirror_identity(published, at=AT)
    for result in (told(20, "COMPROMISED"), told(10, "ACTIVE")):
        mirror.mirror_entries(result, at=AT)
    assert state() == "COMPROMISED"
    assert JournalEntry.objects.count() == 2
    mirror.mirror_entries(told(30, "DESTROYED"), at=AT)
    assert state() == "DESTROYED"


def test_the_state_of_a_new_key_is_as_old_as_its_file(db: None, published: Path) -> None:  # noqa: F811
    """Results from before the file may come in later."""
    mirror.mirror_identity(write(published, head=head(15)), at=AT)
    mirror.mirror_entries(told(10, "SUSPENDED"), at=AT)
    assert state() == "ACTIVE"


def test_an_older_file_is_left_and_said(
    db: None,
    published: Path,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    mirror.mirror_identity(write(published, head=head(20), trust=kills(1)), at=AT)
    with caplog.at_level(logging.CRITICAL, logger="custody.hsm.mirror"):
        assert mirror.mirror_identity(write(published, head=head(19), trust=kills(0)), at=AT)
    assert len(standing().kills) == 1
    assert "older than the one taken over before" in caplog.text
    mirror.mirror_identity(write(published, head=head(20), trust=kills(2)), at=AT)
    assert len(standing().kills) == 2


def test_a_file_that_says_no_head_is_older_than_one_that_does(
    db: None,
    published: Path,  # noqa: F811
) -> None:
    early = published.read_bytes()
    mirror.mirror_identity(write(published, head=head(0), trust=kills(1)), at=AT)
    published.write_bytes(early)
    mirror.mirror_identity(published, at=AT)
    assert len(standing().kills) == 1


def test_after_a_recovery_lower_numbers_count_again(db: None, published: Path) -> None:  # noqa: F811
    mirror.mirror_identity(write(published, head=head(20), trust=kills(1)), at=AT)
    mirror.mirror_entries(told(21, "SUSPENDED"), at=AT)
    recovered = head(12, recovered_at="2026-11-21T10:00:00Z")
    mirror.mirror_identity(write(published, head=recovered, trust=kills(0)), at=AT)
    assert (len(standing().kills), state()) == (0, "ACTIVE")
    row = SignerIdentity.objects.get()
    assert (row.head_seq, row.recovered_at) == (12, AT.replace(hour=10, minute=0))
    mirror.mirror_identity(write(published, head=head(25), trust=kills(3)), at=AT)
    assert standing().kills == ()


@pytest.mark.parametrize("same", ["key", "public_key"])
def test_a_key_that_another_signer_has_stops_none_of_the_others(
    db: None,
    published: Path,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
    same: str,
) -> None:
    (key,) = json.loads(published.read_bytes())["keys"]
    other = {"key": "key_01KAJ8V0000000000000000002", "public_key": f"02{2:064x}"} | {same: key[same]}
    vault = OfflineSigner.objects.create(
        instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4", name="vault", genesis="11" * 32, demo=True,
        policy=b"{}", checkpoint_key="", mirrored_at=AT,
    )  # fmt: skip
    theirs = SigningKey.objects.create(
        id=other["key"], public_key=other["public_key"], purpose="spend", curve="secp256k1",
        state="ACTIVE", offline=vault,
    )  # fmt: skip
    third = key | {"key": "key_01KAJ8V0000000000000000003", "public_key": f"02{3:064x}"}
    mirror.mirror_identity(write(published, keys=[key, third], trust=kills(1)), at=AT)
    assert len(standing().kills) == 1
    assert set(SigningKey.objects.filter(offline=None).values_list("pk", flat=True)) == {third["key"]}
    assert "is one of another signer" in caplog.text
    # Nor does the journal of the one speak for the key of the other.
    mirror.mirror_entries(told(9, "COMPROMISED"), at=AT)
    theirs.refresh_from_db()
    assert theirs.state == "ACTIVE"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"keys": [1]}, "/keys/0"),
        ({"keys": {}}, "/keys"),
        ({"demo": "maybe"}, "/demo"),
        ({"trust": [1]}, ""),
        ({"trust": {"kills": [{}]}}, "/trust/kills/0/document"),
        ({"head": {"seq": -1, "hash": HASH}}, "/head/seq"),
        ({"credentials": [{}]}, "/credentials/0/person"),
        ({"backends": [{"name": "a"}]}, "/backends/0/module"),
        ({"policy": {}}, "/policy/format"),
    ],
)
def test_an_odd_file_changes_nothing(
    db: None,
    published: Path,  # noqa: F811
    changes: dict[str, Any],
    field: str,
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        mirror.mirror_identity(write(published, **changes), at=AT)
    assert (refusal.value.field or "").startswith(field)
    assert not SignerIdentity.objects.exists()
    assert not SigningKey.objects.exists()


def test_what_a_later_release_says_besides_is_left_aside(db: None, published: Path) -> None:  # noqa: F811
    (key,) = json.loads(published.read_bytes())["keys"]
    changes = {"keys": [key | {"later": 1}], "later": {}, "trust": {"later": []}}
    assert mirror.mirror_identity(write(published, **changes), at=AT)
    assert state() == "ACTIVE"

"""``verify_audit_log`` finds what a database superuser did before the last checkpoint."""

import io
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from custody.audit import selectors
from custody.audit.links import FIRST_PREVIOUS, entry_hash, link_hash
from custody.audit.models import AuditEntry
from custody.audit.services import record
from custody.statements.fingerprint import fingerprint
from tests.audit.conftest import AT, CheckpointSigner, OwnDatabase

COUNT = 6


@pytest.fixture
def sealed(
    own_database: OwnDatabase, recorded: Callable[[int], None], checkpoint_signer: CheckpointSigner
) -> OwnDatabase:
    """Six linked entries under a signed checkpoint."""
    recorded(COUNT)
    position, link = selectors.stream_head("main")
    checkpoint_signer.sign(position=position, link=link)
    return own_database


def verify(path: Path | None = None, **options: Any) -> dict[str, Any]:
    """Run the command; the JSON is printed also when it finds something."""
    output = io.StringIO()
    with suppress(CommandError):
        call_command("verify_audit_log", checkpoints=path, as_json=True, stdout=output, **options)
    value: dict[str, Any] = json.loads(output.getvalue())
    return value


def test_accepts_an_untouched_record(sealed: OwnDatabase, checkpoint_signer: CheckpointSigner) -> None:
    result = verify(checkpoint_signer.path)
    assert (result["ok"], result["entries"], result["unsealed"], result["first_bad"]) == (
        True,
        COUNT,
        0,
        None,
    )
    assert result["checkpoint_key"]["hex"] == checkpoint_signer.public_key


def test_says_in_sentences_how_far_the_record_is_proved(
    sealed: OwnDatabase, checkpoint_signer: CheckpointSigner, recorded: Callable[[int], None]
) -> None:
    recorded(2)
    output = io.StringIO()
    call_command("verify_audit_log", checkpoints=checkpoint_signer.path, stdout=output)
    words = fingerprint(bytes.fromhex(checkpoint_signer.public_key))
    assert output.getvalue().splitlines() == [
        f"Stream main: whole up to position {COUNT} under the checkpoint of 2026-11-21T09:00:00Z.",
        f"Of all {COUNT + 2} entries 2 wait for the next checkpoint.",
        f"Compare these eight words with those you were given for the checkpoint key: {words}",
    ]


def test_says_that_no_checkpoint_proves_the_record(
    own_database: OwnDatabase, recorded: Callable[[int], None], settings: Settings, tmp_path: Path
) -> None:
    settings.CHECKPOINT_FILE = tmp_path / "none.jsonl"
    recorded(2)
    output = io.StringIO()
    call_command("verify_audit_log", stdout=output)
    assert output.getvalue().splitlines() == [
        "Stream main: whole in itself up to position 2, under no checkpoint.",
        "Of all 2 entries 2 wait for the next checkpoint.",
    ]


def test_ends_with_exit_code_one_when_something_is_wrong(
    sealed: OwnDatabase, checkpoint_signer: CheckpointSigner
) -> None:
    sealed.as_superuser("DELETE FROM audit_auditlink WHERE position = 4")
    with pytest.raises(CommandError, match="stream main, position 4: link is missing") as caught:
        call_command("verify_audit_log", checkpoints=checkpoint_signer.path, stdout=io.StringIO())
    assert caught.value.returncode == 1


def test_counts_what_no_checkpoint_covers_yet(
    sealed: OwnDatabase, recorded: Callable[[int], None], checkpoint_signer: CheckpointSigner
) -> None:
    recorded(2)
    record(verb="a.b", actor="system:test", subject="", payload={}, at=AT)
    result = verify(checkpoint_signer.path)
    assert (result["ok"], result["unsealed"], result["unlinked"]) == (True, 3, 1)
    assert (result["heads"]["main"]["position"], result["heads"]["main"]["unsealed"]) == (COUNT + 2, 2)


@pytest.mark.parametrize(
    ("statement", "position", "reason"),
    [
        ("UPDATE audit_auditentry SET body = replace(encode(body, 'escape'), '1002', '9002')::bytea "
         "WHERE subject = 'deal_2'", 3, "entry bytes differ from their hash"),
        ("UPDATE audit_auditentry SET verb = 'escrow.deal.closed' WHERE subject = 'deal_2'",
         3, "column verb differs from the entry bytes"),
        ("UPDATE audit_auditentry SET actor_text = 'system:other' WHERE subject = 'deal_2'",
         3, "column actor differs from the entry bytes"),
        ("UPDATE audit_auditentry SET created_at = created_at + interval '1 day' WHERE subject = 'deal_2'",
         3, "column at differs from the entry bytes"),
        ("UPDATE audit_auditentry SET created_at = created_at + interval '1 microsecond' "
         "WHERE subject = 'deal_2'", 3, "column at differs from the entry bytes"),
        ("DELETE FROM audit_auditlink WHERE position = 4", 4, "link is missing"),
        ("DELETE FROM audit_auditentry WHERE subject = 'deal_3'", 4, "entry is missing"),
        ("DELETE FROM audit_auditlink WHERE position > 4", 5, "entries before a signed checkpoint are gone"),
        ("UPDATE audit_auditlink SET entry_id = CASE position WHEN 2 THEN -3 ELSE -2 END "
         "WHERE position IN (2, 3); UPDATE audit_auditlink SET entry_id = -entry_id WHERE entry_id < 0",
         2, "link hash differs"),
        ("UPDATE audit_auditlink SET link = repeat('0', 64) WHERE position = 6", 6, "link hash differs"),
        ("UPDATE audit_auditlink SET previous = repeat('1', 64) WHERE position = 2",
         2, "previous link differs"),
    ],
)  # fmt: skip
def test_finds_what_a_superuser_changes(
    sealed: OwnDatabase, checkpoint_signer: CheckpointSigner, statement: str, position: int, reason: str
) -> None:
    sealed.as_superuser(statement)
    result = verify(checkpoint_signer.path)
    assert not result["ok"]
    assert result["first_bad"] == {"stream": "main", "position": position, "reason": reason}


def test_finds_an_entry_that_was_put_in_between(
    sealed: OwnDatabase, checkpoint_signer: CheckpointSigner
) -> None:
    """The intruder shifts all later positions and computes every link anew."""
    forged = record(verb="escrow.deal.opened", actor="system:test", subject="deal_x", payload={}, at=AT)
    _relink(sealed, [1, 2, forged.pk, 3, 4, 5, 6])
    result = verify(checkpoint_signer.path)
    assert result["first_bad"] == {
        "stream": "main", "position": 6, "reason": "link differs from the signed checkpoint",
    }  # fmt: skip


def test_finds_a_record_that_was_rewritten_as_a_whole(
    sealed: OwnDatabase, checkpoint_signer: CheckpointSigner
) -> None:
    """Bytes, hashes and links all fit together; only the checkpoint does not."""
    body = bytes(AuditEntry.objects.get(subject="deal_2").body).replace(b"1002", b"9002")
    sealed.as_superuser(
        f"UPDATE audit_auditentry SET body = '\\x{body.hex()}', hash = '{entry_hash(body)}' "
        "WHERE subject = 'deal_2'"
    )
    _relink(sealed, [1, 2, 3, 4, 5, 6])
    assert verify(checkpoint_signer.path)["first_bad"]["reason"] == "link differs from the signed checkpoint"


def test_finds_an_emptied_record(sealed: OwnDatabase, checkpoint_signer: CheckpointSigner) -> None:
    sealed.as_superuser("DELETE FROM audit_auditlink; DELETE FROM audit_auditentry")
    assert verify(checkpoint_signer.path)["first_bad"] == {
        "stream": "main", "position": 1, "reason": "entries before a signed checkpoint are gone",
    }  # fmt: skip


def test_refuses_a_checkpoint_whose_signature_is_wrong(
    sealed: OwnDatabase, checkpoint_signer: CheckpointSigner
) -> None:
    text = checkpoint_signer.path.read_text()
    checkpoint_signer.path.write_text(text.replace('"position":6', '"position":5'))
    with pytest.raises(CommandError, match="bad_checkpoint: .*checkpoints.jsonl: line 1: signature"):
        call_command("verify_audit_log", checkpoints=checkpoint_signer.path)


def test_refuses_a_checkpoint_of_another_key(
    sealed: OwnDatabase, checkpoint_signer: CheckpointSigner, tmp_path: Path
) -> None:
    other = CheckpointSigner(tmp_path / "other.jsonl")
    other.sign(position=1, link=FIRST_PREVIOUS)
    with pytest.raises(CommandError, match="another key"):
        call_command("verify_audit_log", checkpoints=other.path, checkpoint_key=checkpoint_signer.public_key)


def test_leaves_out_a_line_that_the_signer_is_still_writing(
    sealed: OwnDatabase, checkpoint_signer: CheckpointSigner, settings: Settings
) -> None:
    settings.CHECKPOINT_FILE = checkpoint_signer.path
    with checkpoint_signer.path.open("ab") as file:
        file.write(b'{"checkpoint":{"at":"2026')
    assert verify()["checkpoints"] == 1


def test_knows_no_checkpoint_before_the_signer_wrote_one(
    sealed: OwnDatabase, settings: Settings, tmp_path: Path
) -> None:
    settings.CHECKPOINT_FILE = tmp_path / "none.jsonl"
    result = verify()
    assert (result["ok"], result["checkpoints"], result["unsealed"]) == (True, 0, COUNT)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (None, "No such file or directory"),
        (lambda data: b"", "holds no checkpoint"),
        (lambda data: data + data[:-40], "line 2"),
        (lambda data: data + b"\xff", "line 2"),
    ],
)
def test_refuses_a_copy_that_is_missing_empty_or_cut(
    sealed: OwnDatabase,
    checkpoint_signer: CheckpointSigner,
    tmp_path: Path,
    change: Callable[[bytes], bytes] | None,
    reason: str,
) -> None:
    """A file named by the auditor is a copy: nobody is writing it, so nothing of it may be left out."""
    copy = tmp_path / "copy.jsonl"
    if change is not None:
        copy.write_bytes(change(checkpoint_signer.path.read_bytes()))
    with pytest.raises(CommandError, match=f"bad_checkpoint: .*copy.jsonl.*{reason}") as caught:
        call_command("verify_audit_log", checkpoints=copy, stdout=io.StringIO())
    assert caught.value.returncode == 1


def test_reads_a_last_line_that_lost_its_end(
    sealed: OwnDatabase, checkpoint_signer: CheckpointSigner, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(checkpoint_signer.path.read_bytes().removesuffix(b"\n"))
    result = verify(copy)
    assert (result["ok"], result["checkpoints"], result["unsealed"]) == (True, 1, 0)


def _relink(database: OwnDatabase, order: list[int]) -> None:
    """Write all links anew over the entries with these numbers (superuser)."""
    hashes = {entry.pk: entry.hash for entry in AuditEntry.objects.all()}
    first = min(hashes)
    numbers = [number if number in hashes and number > COUNT else first + number - 1 for number in order]
    rows, previous = [], FIRST_PREVIOUS
    for position, number in enumerate(numbers, start=1):
        link = link_hash(stream="main", position=position, entry=hashes[number], previous=previous)
        rows.append(f"('main', {position}, {number}, '{previous}', '{link}')")
        previous = link
    database.as_superuser(
        "DELETE FROM audit_auditlink; "
        "INSERT INTO audit_auditlink (stream, position, entry_id, previous, link) "
        f"VALUES {', '.join(rows)}"
    )

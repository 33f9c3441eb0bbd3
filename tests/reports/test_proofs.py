"""A proof leads from one file to one signed checkpoint, and to nothing else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from custody.audit.models import AuditLink
from custody.audit.selectors import entry_hashes
from custody.audit.services import record
from custody.common import canonical
from custody.hsm.selectors import checkpoint_covering
from custody.reports.identity import SignerIdentity
from custody.reports.models import ReportRun
from custody.reports.proofs import Proof
from custody.reports.proving import ProofNotReadyError, build_proof
from custody.statements.proof import ProofError
from tests.cast import AT
from tests.reports.desk import Desk


def note(count: int) -> None:
    for number in range(count):
        record(verb="a.b", actor="system:test", subject="", payload={"number": number}, at=AT)


@pytest.fixture
def proof(desk: Desk, run: ReportRun) -> Proof:
    """A proof with entries before and behind the report's own."""
    note(3)
    made = desk.make(run)
    note(2)
    desk.checkpoint()
    note(4)
    desk.checkpoint()
    return build_proof(made)


def verify(proof: Proof, identity: SignerIdentity, **changes: str) -> None:
    values = {
        "file_sha256": str(proof.entry["payload"]["file_sha256"]),
        "checkpoint_key": identity.checkpoint_key,
        **changes,
    }
    proof.verify(**values)


def test_proves_the_file(proof: Proof, published: SignerIdentity) -> None:
    verify(proof, published)


def test_uses_the_first_checkpoint_behind_the_entry(proof: Proof) -> None:
    assert proof.checkpoint.position == proof.position + len(proof.following)
    assert len(proof.following) < 10


def test_survives_writing_and_reading(proof: Proof, published: SignerIdentity) -> None:
    verify(Proof.from_bytes(proof.to_bytes()), published)


def test_is_not_there_before_a_checkpoint(desk: Desk, run: ReportRun) -> None:
    made = desk.make(run)
    with pytest.raises(ProofNotReadyError):
        build_proof(made)


def test_refuses_another_file(proof: Proof, published: SignerIdentity) -> None:
    with pytest.raises(ProofError, match="not the recorded one"):
        verify(proof, published, file_sha256="00" * 32)


def test_refuses_another_checkpoint_key(proof: Proof, published: SignerIdentity) -> None:
    with pytest.raises(ProofError, match="another key"):
        verify(proof, published, checkpoint_key="02" + "00" * 32)


FORGERIES: list[tuple[str, Callable[[Proof], dict[str, Any]], str]] = [
    ("entry", lambda p: {"entry": {**p.entry, "payload": {"file_sha256": "00" * 32}}}, "links do not lead"),
    ("position", lambda p: {"position": p.position + 1}, "links do not lead"),
    ("previous", lambda p: {"previous": "00" * 32}, "links do not lead"),
    ("order", lambda p: {"following": p.following[::-1]}, "links do not lead"),
    ("omission", lambda p: {"following": p.following[1:]}, "links do not lead"),
    ("checkpoint", lambda p: {"checkpoint": replace(p.checkpoint, link="00" * 32)}, "does not verify"),
    ("signature", lambda p: {"signature": "11" * 64}, "does not verify"),
]


@pytest.mark.parametrize(
    ("change", "message"), [item[1:] for item in FORGERIES], ids=[item[0] for item in FORGERIES]
)
def test_refuses_a_forged_part(
    proof: Proof, published: SignerIdentity, change: Callable[[Proof], dict[str, Any]], message: str
) -> None:
    changes = change(proof)
    assert all(getattr(proof, name) != value for name, value in changes.items())
    with pytest.raises(ProofError, match=message):
        verify(replace(proof, **changes), published, file_sha256=str(proof.entry["payload"]["file_sha256"]))


def test_refuses_an_entry_of_another_kind(desk: Desk, made: ReportRun, published: SignerIdentity) -> None:
    """An entry with the right hash that says something else, honestly linked."""
    payload = {"file_sha256": made.file_sha256}
    record(verb="reports.run.downloaded", actor="system:test", subject="run_x", payload=payload, at=AT)
    desk.checkpoint()
    honest = build_proof(made)
    other = _proof_of_last_entry(honest)
    with pytest.raises(ProofError, match="not the record of a report"):
        verify(other, published)


def _proof_of_last_entry(honest: Proof) -> Proof:
    link = AuditLink.objects.select_related("entry").get(entry__subject="run_x")
    signed = checkpoint_covering("main", position=link.position)
    assert signed is not None
    following = entry_hashes("main", first=link.position + 1, last=signed.checkpoint.position)
    return replace(
        honest,
        entry=canonical.decode(bytes(link.entry.body)),
        position=link.position,
        previous=link.previous,
        following=tuple(following),
        checkpoint=signed.checkpoint,
        signature=signed.signature,
    )

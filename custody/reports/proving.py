"""Builds the proof of a made report from the audit record and its signed checkpoints."""

from custody.audit import selectors as audit
from custody.common import canonical
from custody.common.errors import RefusedError
from custody.hsm import selectors as hsm
from custody.reports import states
from custody.reports.models import ReportRun
from custody.reports.proofs import MADE, RELEASED, STREAM, Proof


class ProofNotReadyError(RefusedError):
    """No signed checkpoint covers the report yet; it takes about a minute."""

    code = "no_checkpoint_yet"


def build_proof(run: ReportRun) -> Proof:
    """Return the proof of a made report; raises ProofNotReadyError before a checkpoint covers it."""
    if run.state != states.MADE:
        raise RefusedError("this report is not made yet", code="report_not_made")
    return _proof_of(run, MADE)


def build_release_proof(run: ReportRun) -> Proof:
    """The same of its file under the RELEASED seal; raises RefusedError ``report_not_released``."""
    if not run.is_released:
        raise RefusedError("this report is not released", code="report_not_released")
    return _proof_of(run, RELEASED)


def _proof_of(run: ReportRun, verb: str) -> Proof:
    link = audit.linked_entries(run.pk).filter(entry__verb=verb).first()
    signed = hsm.checkpoint_covering(STREAM, position=link.position) if link else None
    if link is None or signed is None:
        raise ProofNotReadyError("no signed checkpoint covers this report yet")
    following = audit.entry_hashes(STREAM, first=link.position + 1, last=signed.checkpoint.position)
    return Proof(
        entry=canonical.decode(bytes(link.entry.body)),
        position=link.position,
        previous=link.previous,
        following=tuple(following),
        checkpoint=signed.checkpoint,
        public_key=signed.public_key,
        signature=signed.signature,
    )

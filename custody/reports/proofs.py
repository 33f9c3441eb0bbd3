"""The proof file of a report: its audit entry, the links up to a signed checkpoint, the signature.

With it anybody can check without us that exactly this file was recorded before the checkpoint was
signed. ``Proof.verify`` is pure; ``build_proof`` reads record and checkpoints.
"""

from dataclasses import dataclass
from typing import ClassVar

from custody.audit import selectors as audit
from custody.common import canonical
from custody.common.errors import RefusedError
from custody.hsm import selectors as hsm
from custody.reports import states
from custody.reports.models import ReportRun
from custody.statements.audit_links import entry_hash, link_hash
from custody.statements.checkpoint import Checkpoint
from custody.statements.fields import CompressedKey, Hash, ListOf, Object, Positive, Signature
from custody.statements.form import Document
from custody.statements.proof import ProofError, verify_p256

VERB = "reports.run.made"
STREAM = "main"


class ProofNotReadyError(RefusedError):
    """No signed checkpoint covers the report yet; it takes about a minute."""

    code = "no_checkpoint_yet"


@dataclass(frozen=True, kw_only=True)
class Proof(Document):
    """``following`` are the entry hashes after ``position`` up to the checkpoint's position."""

    FORMAT: ClassVar[str] = "custody/report-proof/v1"
    LIMIT: ClassVar[int] = canonical.MAX_REQUEST

    entry: Object
    position: Positive
    previous: Hash
    following: ListOf[Hash]
    checkpoint: Checkpoint
    public_key: CompressedKey
    signature: Signature

    def verify(self, *, file_sha256: str, checkpoint_key: str) -> None:
        """Raise ProofError unless the file stands in the record under a checkpoint of this key."""
        if self.public_key != checkpoint_key:
            raise ProofError("checkpoint is signed by another key", field="/public_key")
        verify_p256(public_key=self.public_key, digest=self.checkpoint.hash, signature=self.signature)
        if self._head() != (self.checkpoint.position, self.checkpoint.link):
            raise ProofError("links do not lead to the checkpoint", field="/following")
        if self.checkpoint.stream != STREAM or self.entry.get("verb") != VERB:
            raise ProofError("entry is not the record of a report", field="/entry")
        if self.entry["payload"].get("file_sha256") != file_sha256:
            raise ProofError("file is not the recorded one", field="/entry/payload/file_sha256")

    def _head(self) -> tuple[int, str]:
        """Position and link that the entry and those after it lead to."""
        link, own = self.previous, entry_hash(canonical.encode(self.entry))
        entries = (own, *self.following)
        for position, entry in enumerate(entries, start=self.position):
            link = link_hash(stream=STREAM, position=position, entry=entry, previous=link)
        return self.position + len(entries) - 1, link


def build_proof(run: ReportRun) -> Proof:
    """Return the proof of a made report; raises ProofNotReadyError before a checkpoint covers it."""
    if run.state != states.MADE:
        raise RefusedError("this report is not made yet", code="report_not_made")
    link = audit.linked_entries(run.pk).filter(entry__verb=VERB).first()
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

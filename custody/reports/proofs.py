"""The proof file of a report: its audit entry, the links up to a signed checkpoint, the signature.

With it anybody can check without us that exactly this file was recorded before the checkpoint was
signed. Pure: whoever verifies needs no installation.
"""

from dataclasses import dataclass
from typing import ClassVar

from custody.common import canonical
from custody.statements.audit_links import entry_hash, link_hash
from custody.statements.checkpoint import Checkpoint
from custody.statements.fields import CompressedKey, Hash, ListOf, Object, Positive, Signature
from custody.statements.form import Document
from custody.statements.proof import ProofError, verify_p256

# The file under its DRAFT seal, and the same under the RELEASED one.
MADE, RELEASED = "reports.run.made", "reports.run.released"
STREAM = "main"


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
        if self.checkpoint.stream != STREAM or self.entry.get("verb") not in {MADE, RELEASED}:
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

"""The signed head of a stream of the audit record or of the signer's store (formats section 8)."""

from dataclasses import dataclass
from typing import ClassVar

from custody.statements.fields import CompressedKey, Count, Hash, InstanceId, Signature, StreamName, Time
from custody.statements.form import Document, Form
from custody.statements.proof import verify_p256


@dataclass(frozen=True, kw_only=True)
class Checkpoint(Document):
    """``link`` is the hash at ``position``; signed by the checkpoint key (P-256) over its hash."""

    FORMAT: ClassVar[str] = "custody/checkpoint/v1"

    instance: InstanceId
    stream: StreamName
    position: Count
    link: Hash
    at: Time


@dataclass(frozen=True, kw_only=True)
class SignedCheckpoint(Form):
    """A checkpoint with the P-256 signature over its hash."""

    checkpoint: Checkpoint
    public_key: CompressedKey
    signature: Signature

    def verify(self) -> None:
        """Raise ProofError unless the signature verifies under ``public_key``."""
        verify_p256(public_key=self.public_key, digest=self.checkpoint.hash, signature=self.signature)

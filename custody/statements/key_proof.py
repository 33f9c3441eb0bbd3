"""Proof of possession of a script key, with a nonce of every party (formats section 6).

Each party makes its own nonce, so that no proof can be prepared or replayed by another; the
proof is a signature of the proven key over the hash.
"""

from dataclasses import dataclass
from typing import ClassVar

from custody.statements.codecs import BadFieldError, under
from custody.statements.fields import CompressedKey, DealId, Hash, InstanceId, Nonce, Time
from custody.statements.form import Document, Form
from custody.statements.proof import Secp256k1Proof
from custody.statements.terms import Role


@dataclass(frozen=True, kw_only=True)
class PartyNonces(Form):
    """16 random bytes of each party."""

    buyer: Nonce
    mediator: Nonce
    merchant: Nonce

    def of(self, role: Role) -> str:
        return {"buyer": self.buyer, "mediator": self.mediator, "merchant": self.merchant}[role]


@dataclass(frozen=True, kw_only=True)
class KeyProof(Document):
    """The challenge; ``public_key`` is the key of ``role`` in the script of ``terms``."""

    FORMAT: ClassVar[str] = "custody/key-proof/v1"

    instance: InstanceId
    deal: DealId
    role: Role
    public_key: CompressedKey
    terms: Hash
    server_nonce: Nonce
    nonces: PartyNonces
    expires_at: Time


@dataclass(frozen=True, kw_only=True)
class ProvenKey(Form):
    """A challenge as it comes back, answered by the key it names."""

    document: KeyProof
    proof: Secp256k1Proof

    def verify(self) -> None:
        """Raise InvalidInputError unless the named key signed the challenge."""
        if self.proof.credential != self.document.public_key:
            raise BadFieldError("not the key of the challenge", code="foreign_key", field="/proof/credential")
        with under("/proof"):
            self.proof.verify(self.document.hash)

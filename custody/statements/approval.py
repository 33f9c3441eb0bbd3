"""What one person says about one subject, and its proof (formats section 3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import ClassVar, Literal, Self

from custody.common import canonical
from custody.statements.codecs import under
from custody.statements.credential import Credential, Ed25519Credential, PersonCredential, WebAuthnCredential
from custody.statements.fields import Hash, InstanceId, Nonce, PersonId, Time
from custody.statements.form import Document, Form
from custody.statements.proof import ApprovalProof, Ed25519Proof, ProofError, WebAuthnProof
from custody.statements.webauthn import verify_assertion

SubjectFormat = Literal[
    "custody/intent/v1",
    "custody/trust/v1",
    "custody/policy/v1",
    "custody/decision/v1",
    "custody/release/v1",
    "custody/critical/v1",
]


@dataclass(frozen=True, kw_only=True)
class Subject(Form):
    """The document the statement is about."""

    format: SubjectFormat
    hash: Hash


@dataclass(frozen=True, kw_only=True)
class Statement(Document):
    """One REJECT ends the subject; the maker's own APPROVE never fills the quorum."""

    FORMAT: ClassVar[str] = "custody/statement/v1"

    instance: InstanceId
    person: PersonId
    subject: Subject
    verdict: Literal["APPROVE", "REJECT"]
    policy: Hash
    nonce: Nonce
    expires_at: Time


@dataclass(frozen=True, kw_only=True)
class Proved:
    """The pinned credential that made the statement; ``counter`` of a passkey, for the alarm."""

    credential: PersonCredential
    counter: int | None


@dataclass(frozen=True, kw_only=True)
class Approval(Form):
    """A statement with the proof by one of the person's credentials."""

    statement: Statement
    proof: ApprovalProof

    @classmethod
    def read(cls, value: object, pointer: str = "") -> Self:
        """The same object for the same words: an intent that comes again costs no second reading of them."""
        with under(pointer):
            return cls._read_once(canonical.encode(value))

    @classmethod
    @lru_cache(maxsize=4096)
    def _read_once(cls, data: bytes) -> Self:
        return super().read(canonical.decode(data))

    def verify(self, pinned: Iterable[PersonCredential], *, at: datetime) -> Proved:
        """Return who made the statement; raise ProofError unless a pinned credential of that person did.

        ``at`` decides whether credential and statement are still valid.
        """
        if self.statement.expires_at <= at:
            raise ProofError("the statement has expired", code="expired", field="/statement/expires_at")
        entry = self._pinned(pinned, at=at)
        with under("/proof"):
            return Proved(credential=entry, counter=self._verify_by(entry.credential))

    def _pinned(self, pinned: Iterable[PersonCredential], *, at: datetime) -> PersonCredential:
        for entry in pinned:
            if (entry.person, entry.credential.name) == (self.statement.person, self.proof.credential):
                if entry.valid_until <= at:
                    raise ProofError("the credential has expired", code="expired", field="/proof/credential")
                return entry
        raise ProofError("no pinned credential of this person", field="/proof/credential")

    def _verify_by(self, credential: Credential) -> int | None:
        match self.proof, credential:
            case WebAuthnProof() as proof, WebAuthnCredential() as passkey:
                return verify_assertion(proof, digest=self.statement.hash, credential=passkey)
            case Ed25519Proof() as proof, Ed25519Credential():
                proof.verify(self.statement.hash)
                return None
        raise ProofError("the credential is of another type", field="/type")

"""What one person says about one subject, and its proof (formats section 3)."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from custody.statements.fields import Hash, InstanceId, Nonce, PersonId, Time
from custody.statements.form import Document, Form
from custody.statements.proof import ApprovalProof

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
class Approval(Form):
    """A statement with the proof by one of the person's credentials."""

    statement: Statement
    proof: ApprovalProof

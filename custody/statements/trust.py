"""Signed changes of the trust store, one chain of epochs per stream (formats section 4)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from custody.statements.approval import Approval
from custody.statements.codecs import BadFieldError, Pattern
from custody.statements.credential import PersonCredential
from custody.statements.fields import Hash, InstanceId, PersonId, Positive, SetOf, Text, Time
from custody.statements.form import BySibling, Document, Form
from custody.statements.mandate import Mandate
from custody.statements.policy import Policy

TrustType = Literal["PERSON_CREDENTIAL", "POLICY", "MANDATE"]
STREAMS: dict[TrustType, str] = {"PERSON_CREDENTIAL": "people", "POLICY": "policy", "MANDATE": "mandates"}
FIRST_PREVIOUS = "00" * 32

TrustStream = Annotated[str, Pattern("a trust stream", "|".join(sorted(STREAMS.values())))]


@dataclass(frozen=True, kw_only=True)
class PolicyBody(Form):
    """A new policy in full, with the hash people compare."""

    hash: Hash
    policy: Policy

    def __post_init__(self) -> None:
        if self.policy.hash != self.hash:
            raise BadFieldError("not the hash of this policy", field="/hash")


Body = Annotated[
    PersonCredential | PolicyBody | Mandate,
    BySibling("type", {"PERSON_CREDENTIAL": PersonCredential, "POLICY": PolicyBody, "MANDATE": Mandate}),
]


@dataclass(frozen=True, kw_only=True)
class TrustDocument(Document):
    """``previous`` is the hash of the document ``epoch - 1`` of this stream, zeros for the first.

    Types without a body form here are refused.
    """

    FORMAT: ClassVar[str] = "custody/trust/v1"

    instance: InstanceId
    stream: TrustStream
    epoch: Positive
    previous: Hash
    type: TrustType
    body: Body
    maker: PersonId
    reason: Text
    expires_at: Time

    def __post_init__(self) -> None:
        if STREAMS[self.type] != self.stream:
            raise BadFieldError("type of another stream", field="/stream")
        if (self.epoch == 1) != (self.previous == FIRST_PREVIOUS):
            raise BadFieldError("zeros belong to the first epoch, and to no other", field="/previous")


@dataclass(frozen=True, kw_only=True)
class ApprovedTrustDocument(Form):
    """A trust document as it travels."""

    document: TrustDocument
    approvals: SetOf[Approval]

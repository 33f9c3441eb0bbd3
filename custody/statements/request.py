"""The signing request: one row, one attempt, the whole unsigned transaction (formats section 5).

A carrier, signed by nobody: everything in it is proved by its parts or only tightens the
outcome. Kinds without a payload form here are refused.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from custody.common import canonical
from custody.statements.address import AddressPayload
from custody.statements.approval import Approval
from custody.statements.block import BlockPayload
from custody.statements.certificate_request import CsrPayload
from custody.statements.checkpoint import SignedCheckpoint
from custody.statements.codecs import BadFieldError
from custody.statements.critical import Critical
from custody.statements.evm import EvmTxPayload, SafeTxPayload
from custody.statements.fields import (
    Base64Text,
    Count,
    Hash,
    InstanceId,
    KeyId,
    ListOf,
    MandateId,
    Positive,
    RequestId,
    SetOf,
    StreamName,
    Text,
    Time,
)
from custody.statements.form import ByFormat, BySibling, Document, Form
from custody.statements.holdings import CarriedFact
from custody.statements.intent import Intent
from custody.statements.key_proof import KeyProof
from custody.statements.one_time import DestroyKeyPayload, MakeKeyPayload
from custody.statements.release import ApprovedRelease
from custody.statements.terms import SignedTerms
from custody.statements.trust import ApprovedTrustDocument

RequestKind = Literal[
    "BTC_SPEND",
    "EVM_TX",
    "SAFE_TX",
    "TERMS",
    "TRUST",
    "KEY_PROOF",
    "CMS_SEAL",
    "CHECKPOINT",
    "ADDRESS",
    "BLOCK",
    "CSR",
    "CRITICAL",
    "KEY_MAKE",
    "KEY_DESTROY",
    "HEAD",
]
CertificateUse = Literal["DRAFT", "RELEASED"]
# Kinds that carry out an intent.
SPENDS = frozenset({"BTC_SPEND", "EVM_TX", "SAFE_TX"})
# Kinds that record their one document and sign nothing.
RECORDS = frozenset({"TERMS", "TRUST"})
# Kinds that make and end a key; they sign nothing.
KEY_LIVES = frozenset({"KEY_MAKE", "KEY_DESTROY"})
# Kinds that name no key: they bring what is decided, or ask for a key.
KEYLESS = frozenset({"TRUST", "HEAD", "KEY_MAKE"})
MAX_CHECKPOINT_ENTRIES = 4096


@dataclass(frozen=True, kw_only=True)
class SpendPayload(Form):
    """PSBT with witness and full previous transactions."""

    psbt: Base64Text


@dataclass(frozen=True, kw_only=True)
class SealPayload(Form):
    """CMS signed attributes (DER) and which of the two certificates the seal names."""

    signed_attributes: Base64Text
    certificate: CertificateUse


@dataclass(frozen=True, kw_only=True)
class CheckpointPayload(Form):
    """All entry hashes of the positions ``from_`` to ``to``, both included; none when nothing is new."""

    stream: StreamName
    from_: Positive
    to: Count
    entries: ListOf[Hash]

    def __post_init__(self) -> None:
        if len(self.entries) != self.to - self.from_ + 1:
            raise BadFieldError("not one hash for each position", field="/entries")
        if len(self.entries) > MAX_CHECKPOINT_ENTRIES:
            raise BadFieldError(f"more than {MAX_CHECKPOINT_ENTRIES} entries", field="/entries")


Payload = Annotated[
    SpendPayload
    | EvmTxPayload
    | SafeTxPayload
    | SealPayload
    | CheckpointPayload
    | KeyProof
    | AddressPayload
    | BlockPayload
    | CsrPayload
    | Critical
    | SignedCheckpoint
    | MakeKeyPayload
    | DestroyKeyPayload,
    BySibling(
        "kind",
        {
            "BTC_SPEND": SpendPayload,
            "EVM_TX": EvmTxPayload,
            "SAFE_TX": SafeTxPayload,
            "KEY_PROOF": KeyProof,
            "CMS_SEAL": SealPayload,
            "CHECKPOINT": CheckpointPayload,
            "ADDRESS": AddressPayload,
            "BLOCK": BlockPayload,
            "CSR": CsrPayload,
            "CRITICAL": Critical,
            "KEY_MAKE": MakeKeyPayload,
            "KEY_DESTROY": DestroyKeyPayload,
            "HEAD": SignedCheckpoint,
        },
    ),
]


CarriedDocument = SignedTerms | ApprovedTrustDocument | ApprovedRelease
Carried = Annotated[CarriedDocument, ByFormat("document")]


@dataclass(frozen=True, kw_only=True)
class StatedScreening(Form):
    """What the web says of screening: list name to list date, and when it was done."""

    result: Literal["CLEAR", "HIT"]
    lists: dict[str, Text]
    at: Time


@dataclass(frozen=True, kw_only=True)
class Stated(Form):
    """Facts nobody proves: they can only make the outcome stricter."""

    screening: StatedScreening | None = None


@dataclass(frozen=True, kw_only=True)
class Request(Document):
    """``intent`` exactly for spends; ``payload`` but for kinds that carry a document; no ``key`` where none
    is meant."""

    FORMAT: ClassVar[str] = "custody/request/v1"
    LIMIT: ClassVar[int] = canonical.MAX_REQUEST

    id: RequestId
    instance: InstanceId
    kind: RequestKind
    key: KeyId | None = None
    intent: Intent | None = None
    mandate: MandateId | None = None
    approvals: SetOf[Approval] = ()
    documents: ListOf[Carried] = ()
    facts: SetOf[CarriedFact] = ()
    stated: Stated | None = None
    payload: Payload | None = None

    def __post_init__(self) -> None:
        if (self.kind in SPENDS) != (self.intent is not None):
            raise BadFieldError("an intent belongs to a spend, and to nothing else", field="/intent")
        if (self.kind in RECORDS) != (self.payload is None):
            raise BadFieldError(
                "a payload belongs to kinds without a document of their own", field="/payload"
            )
        if self.kind in RECORDS and len(self.documents) != 1:
            raise BadFieldError(f"{self.kind} carries exactly one document", field="/documents")
        if (self.kind in KEYLESS) != (self.key is None):
            raise BadFieldError("a key belongs to kinds that use one, and to no other", field="/key")

    @property
    def signed_terms(self) -> tuple[SignedTerms, ...]:
        """The carried terms."""
        return tuple(item for item in self.documents if isinstance(item, SignedTerms))

    @property
    def trust_documents(self) -> tuple[ApprovedTrustDocument, ...]:
        """The carried changes of the trust store."""
        return tuple(item for item in self.documents if isinstance(item, ApprovedTrustDocument))

    @property
    def releases(self) -> tuple[ApprovedRelease, ...]:
        """The carried releases of reports."""
        return tuple(item for item in self.documents if isinstance(item, ApprovedRelease))

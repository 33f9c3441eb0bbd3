"""What the signer answers to a request (formats section 5)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from custody.common import canonical
from custody.statements.codecs import BadFieldError, Pattern
from custody.statements.fields import CompressedKey, Count, Hash, Hex, InstanceId, ListOf, RequestId
from custody.statements.form import Document, Form
from custody.statements.store_entry import StoreEntry

Outcome = Literal["SIGNED", "RECORDED", "REFUSED", "FAILED"]
RuleTag = Annotated[str, Pattern("a rule tag", r"[a-z][a-z0-9_]{0,63}")]
Pointer = Annotated[str, Pattern("a JSON pointer", r"(/[A-Za-z0-9_.:-]+)*")]


@dataclass(frozen=True, kw_only=True)
class MadeSignature(Form):
    """``input``: index of the transaction input, 0 for messages; ``signature``: r || s in hex."""

    input: Count
    public_key: CompressedKey
    signature: Hex


@dataclass(frozen=True, kw_only=True)
class Head(Form):
    """Sequence number and hash of the last store entry."""

    seq: Count
    hash: Hash


@dataclass(frozen=True, kw_only=True)
class Result(Document):
    """``rule`` and ``culprit`` (pointer into the request) only for REFUSED, ``rule`` for FAILED."""

    FORMAT: ClassVar[str] = "custody/result/v1"
    LIMIT: ClassVar[int] = canonical.MAX_REQUEST

    instance: InstanceId
    request: RequestId
    request_hash: Hash
    outcome: Outcome
    rule: RuleTag | None = None
    culprit: Pointer | None = None
    signatures: ListOf[MadeSignature] = ()
    entries: ListOf[StoreEntry] = ()
    head: Head

    def __post_init__(self) -> None:
        if (self.outcome in {"REFUSED", "FAILED"}) != (self.rule is not None):
            raise BadFieldError("a rule belongs to REFUSED and FAILED", field="/rule")
        if (self.outcome == "REFUSED") != (self.culprit is not None):
            raise BadFieldError("a culprit belongs to REFUSED, and to no other", field="/culprit")
        if (self.outcome == "SIGNED") != bool(self.signatures):
            raise BadFieldError("signatures belong to SIGNED, and to no other", field="/signatures")

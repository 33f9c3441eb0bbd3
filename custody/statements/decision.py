"""What a mediator decides about a disputed deal (formats section 6)."""

from dataclasses import dataclass
from typing import ClassVar

from custody.statements.fields import Amount, Code, DealId, Hash, InstanceId, PersonId, SetOf, Time
from custody.statements.form import Document, Form
from custody.statements.parts import MaxFee


@dataclass(frozen=True, kw_only=True)
class Split(Form):
    """Base units for each party; the payees of the intent must equal it."""

    buyer: Amount
    merchant: Amount


@dataclass(frozen=True, kw_only=True)
class Decision(Document):
    """``evidence``: SHA-256 of the files the mediator relied on."""

    FORMAT: ClassVar[str] = "custody/decision/v1"

    instance: InstanceId
    deal: DealId
    terms: Hash
    split: Split
    fee: MaxFee
    reasons: SetOf[Code]
    evidence: SetOf[Hash]
    mediator: PersonId
    expires_at: Time

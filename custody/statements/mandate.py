"""A standing mandate: what a key may do without a person (formats section 7)."""

from dataclasses import dataclass

from custody.statements.codecs import BadFieldError
from custody.statements.fact import FactKind
from custody.statements.fields import (
    Amount,
    Asset,
    Chain,
    Count,
    Hash,
    KeyId,
    MandateId,
    Positive,
    SetOf,
    Time,
    WalletId,
)
from custody.statements.form import Form
from custody.statements.intent import IntentKind
from custody.statements.parts import Window
from custody.statements.terms import PartyRole


@dataclass(frozen=True, kw_only=True)
class Destination(Form):
    """Either a wallet of the catalogue, or a payee of party-signed terms."""

    wallet: WalletId | None = None
    terms: Hash | None = None
    role: PartyRole | None = None

    def __post_init__(self) -> None:
        if (self.wallet is None) != (self.terms is not None) or (self.terms is None) != (self.role is None):
            raise BadFieldError("needs a wallet, or terms and role", field="")


@dataclass(frozen=True, kw_only=True)
class Need(Form):
    """A fact that must be presented, this deep and not older than this."""

    fact: FactKind
    depth: Count
    max_age_seconds: Positive


@dataclass(frozen=True, kw_only=True)
class MandateFee(Form):
    """Fee limits in base units: per transaction and rolling."""

    max: Amount
    window: Window


@dataclass(frozen=True, kw_only=True)
class Mandate(Form):
    """Body of the trust document MANDATE; amounts in base units."""

    mandate: MandateId
    key: KeyId
    intent_kind: IntentKind
    chain: Chain
    asset: Asset
    destinations: SetOf[Destination]
    cap_per_transaction: Amount
    cap_window: Window
    fee: MandateFee
    needs: SetOf[Need]
    valid_from: Time
    valid_until: Time


@dataclass(frozen=True, kw_only=True)
class MandateEnd(Form):
    """Ends a mandate before its time."""

    mandate: MandateId

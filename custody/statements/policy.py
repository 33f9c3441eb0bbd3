"""The pinned policy: a set of rules whose order means nothing (formats section 2).

This is the form only; what a rule allows is computed in ``custody.policy``. A new rule kind is a
form here, added to ``Rule``, and an evaluator there. Amounts in base units.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from custody.chains.evm.networks import chain_id_of
from custody.statements.chains import chain_of
from custody.statements.codecs import BadFieldError, Pattern
from custody.statements.credential import PersonRole
from custody.statements.fields import Address, Amount, Asset, Positive, SetOf, WalletId
from custody.statements.form import By, Document, Form
from custody.statements.intent import IntentKind, Owner
from custody.statements.parts import Window

Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
TimeOfDay = Annotated[str, Pattern("a time of day hh:mm", r"([01][0-9]|2[0-3]):[0-5][0-9]")]
Zone = Literal["Europe/Berlin", "UTC"]


@dataclass(frozen=True, kw_only=True)
class Scope(Form):
    """Which intents a rule speaks about: each part narrows, an absent one means all."""

    kinds: SetOf[IntentKind] | None = None
    owners: SetOf[Owner] | None = None
    wallets: SetOf[WalletId] | None = None
    assets: SetOf[Asset] | None = None


@dataclass(frozen=True, kw_only=True)
class EscrowTermsRule(Form):
    """Allows payouts of an escrow to whom its registered terms name, and nothing else."""

    kind: Literal["escrow_terms"] = "escrow_terms"


@dataclass(frozen=True, kw_only=True)
class QuorumRule(Form):
    """Allows what ``people`` distinct ones in ``role``, none of them the maker, have approved.

    Speaks about intents that pay more than ``above``; several tiers add up to the strictest.
    """

    kind: Literal["quorum"] = "quorum"
    scope: Scope
    above: Amount
    role: PersonRole
    people: Positive


@dataclass(frozen=True, kw_only=True)
class AmountRule(Form):
    """At most ``max`` per intent, all payees together."""

    kind: Literal["amount"] = "amount"
    scope: Scope
    max: Amount


@dataclass(frozen=True, kw_only=True)
class VelocityRule(Form):
    """At most ``window.amount`` out of a wallet within the last ``window.seconds``, this one included."""

    kind: Literal["velocity"] = "velocity"
    scope: Scope
    window: Window


@dataclass(frozen=True, kw_only=True)
class PayeeRule(Form):
    """Pays only these addresses, attested entries of the address book, or wallets of our own."""

    kind: Literal["payee"] = "payee"
    scope: Scope
    addresses: SetOf[Address] = ()
    book: bool
    own: bool


@dataclass(frozen=True, kw_only=True)
class TimeRule(Form):
    """Only on these days between ``after`` and ``before`` (not included), local time of ``zone``."""

    kind: Literal["time"] = "time"
    scope: Scope
    zone: Zone
    days: SetOf[Weekday]
    after: TimeOfDay
    before: TimeOfDay

    def __post_init__(self) -> None:
        if self.after >= self.before:
            raise BadFieldError("ends before it begins", field="/before")


@dataclass(frozen=True, kw_only=True)
class DenyRule(Form):
    """Denies everything in its scope."""

    kind: Literal["deny"] = "deny"
    scope: Scope


@dataclass(frozen=True, kw_only=True)
class CancelRule(Form):
    """Allows cancellations that ``people`` distinct ones in ``role``, none of them the maker, have approved.

    A cancellation uses the nonce of a payment that is not mined, and moves nothing.
    """

    kind: Literal["cancel"] = "cancel"
    scope: Scope
    role: PersonRole
    people: Positive


@dataclass(frozen=True, kw_only=True)
class GasPriceRule(Form):
    """An account offers ``min`` wei per gas or more, ``priority_min`` of it to whoever puts it into a block.

    Such prices are in the coin of one EVM chain, so all assets of the scope are of that chain.
    """

    kind: Literal["gas_price"] = "gas_price"
    scope: Scope
    min: Amount
    priority_min: Amount

    def __post_init__(self) -> None:
        chains = {chain_of(asset) for asset in self.scope.assets or ()}
        if len(chains) != 1:
            raise BadFieldError("needs assets of exactly one chain", field="/scope/assets")
        chain_id_of(*chains, field="/scope/assets")
        if self.priority_min > self.min:
            raise BadFieldError("is above the whole price", field="/priority_min")


Rule = Annotated[
    EscrowTermsRule
    | QuorumRule
    | AmountRule
    | VelocityRule
    | PayeeRule
    | TimeRule
    | DenyRule
    | CancelRule
    | GasPriceRule,
    By("kind"),
]


@dataclass(frozen=True, kw_only=True)
class Policy(Document):
    """An empty policy is well-formed and allows nothing."""

    FORMAT: ClassVar[str] = "custody/policy/v1"

    rules: SetOf[Rule]

    def __post_init__(self) -> None:
        for index, rule in enumerate(self.rules):
            # A limit in base units means something for one asset only.
            if isinstance(rule, AmountRule | VelocityRule) and len(rule.scope.assets or ()) != 1:
                raise BadFieldError("needs exactly one asset", field=f"/rules/{index}/scope/assets")
            if isinstance(rule, QuorumRule) and rule.above and len(rule.scope.assets or ()) != 1:
                raise BadFieldError("needs exactly one asset", field=f"/rules/{index}/scope/assets")

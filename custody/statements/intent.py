"""What is wanted from a wallet, and nothing about how (formats section 1).

There is no attempt, nonce, outpoint or sequence in an intent: it holds what an approver sees
and what the signer compares with the decoded transaction.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from custody.statements.chains import chain_of, check_address
from custody.statements.codecs import BadFieldError
from custody.statements.fields import (
    Address,
    Amount,
    AnyId,
    Asset,
    Hash,
    InstanceId,
    IntentId,
    Object,
    SomeOf,
    Text,
    Time,
    WalletId,
)
from custody.statements.form import Document, Form
from custody.statements.parts import Window

IntentKind = Literal[
    "TRANSFER", "ESCROW_PAYOUT", "SWEEP", "REFUND", "GAP_FILL", "CANCEL", "CONTRACT_CALL", "SAFE"
]
Owner = Literal["CLIENT", "HOUSE", "FEE", "ESCROW"]
ReasonCode = Literal[
    "RELEASE",
    "REFUND",
    "SETTLEMENT",
    "AWARD_BUYER",
    "AWARD_MERCHANT",
    "AWARD_SPLIT",
    "TREASURY",
    "COLD_STORAGE",
    "KEY_ROTATION",
]


@dataclass(frozen=True, kw_only=True)
class Call(Form):
    """A contract call in words: the method's signature and its arguments."""

    contract: Address
    method: Text
    args: Object


@dataclass(frozen=True, kw_only=True)
class Payee(Form):
    """Pays exactly ``amount`` base units; ``entry`` is the hash of an address-book document."""

    to: Address
    amount: Amount
    entry: Hash | None = None
    call: Call | None = None


@dataclass(frozen=True, kw_only=True)
class Fee(Form):
    """``max`` is absolute over all attempts; ``rate_max`` in sat/kvB or wei per gas."""

    max: Amount
    rate_max: Amount | None = None
    budget_window: Window | None = None


@dataclass(frozen=True, kw_only=True)
class Reason(Form):
    """Why: a code of the closed list and the business object it comes from."""

    code: ReasonCode
    ref: AnyId


@dataclass(frozen=True, kw_only=True)
class Source(Form):
    """The wallet that pays; ``terms`` exactly for ESCROW, ``client`` exactly for CLIENT."""

    wallet: WalletId
    owner: Owner
    client: AnyId | None = None
    terms: Hash | None = None

    def __post_init__(self) -> None:
        if (self.owner == "ESCROW") != (self.terms is not None):
            raise BadFieldError("terms belong to owner ESCROW, and to no other", field="/terms")
        if (self.owner == "CLIENT") != (self.client is not None):
            raise BadFieldError("client belongs to owner CLIENT, and to no other", field="/client")


@dataclass(frozen=True, kw_only=True)
class Intent(Document):
    """One wanted payment; its hash is what approvals, decisions and the journal name."""

    FORMAT: ClassVar[str] = "custody/intent/v1"

    id: IntentId
    instance: InstanceId
    kind: IntentKind
    asset: Asset
    source: Source
    payees: SomeOf[Payee]
    fee: Fee
    reason: Reason
    maker: AnyId
    policy: Hash
    expires_at: Time

    def __post_init__(self) -> None:
        for index, payee in enumerate(self.payees):
            check_address(payee.to, chain=self.chain, field=f"/payees/{index}/to")
            if (self.kind == "CONTRACT_CALL") != (payee.call is not None):
                place = f"/payees/{index}/call"
                raise BadFieldError("call belongs to kind CONTRACT_CALL, and to no other", field=place)

    @property
    def chain(self) -> str:
        """CAIP-2 chain of the asset."""
        return chain_of(self.asset)

    @property
    def total(self) -> int:
        """Base units paid to all payees together, without the fee."""
        return sum(payee.amount for payee in self.payees)

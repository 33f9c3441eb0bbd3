"""The facts rules see: frozen, decoded, and without any word of whoever asks.

Wallets and signer each build them for themselves from bytes they decoded; what is absent counts
as its strictest value. Amounts in base units.
"""

from dataclasses import dataclass

from custody.chains.bitcoin.psbt import DecodedSpend
from custody.statements.codecs import BadFieldError
from custody.statements.credential import PersonRole
from custody.statements.fact import Fact
from custody.statements.fields import (
    Address,
    Amount,
    AnyId,
    Asset,
    Count,
    Hash,
    Hex,
    ListOf,
    MandateId,
    PersonId,
    SetOf,
    Time,
    WalletId,
)
from custody.statements.form import Form
from custody.statements.intent import Intent, Owner
from custody.statements.mandate import Mandate
from custody.statements.terms import Terms
from custody.statements.trust.keys import KeyClass, Tier


@dataclass(frozen=True, kw_only=True)
class SpentOutput(Form):
    """What an input spends: the script that guards it (witness script where there is one), and its amount."""

    script: Hex
    amount: Amount
    txid: Hash | None = None


@dataclass(frozen=True, kw_only=True)
class SpendingAccount(Form):
    """The account that pays instead of inputs; ``fee`` is the most the transaction may cost.

    In base units of the chain's coin, whatever asset is paid: gas limit times highest price. ``price`` is
    the most that one gas may cost, ``priority`` what of it goes to whoever puts it into a block.
    """

    address: Address
    nonce: Count
    fee: Amount
    price: Amount | None = None
    priority: Amount | None = None


@dataclass(frozen=True, kw_only=True)
class PaidOutput(Form):
    """What is paid, to a canonical address: by an output, or by the decoded call of an account."""

    to: Address
    amount: Amount


@dataclass(frozen=True, kw_only=True)
class Approver(Form):
    """A person whose approval was proved, in the roles of the credential used."""

    person: PersonId
    roles: SetOf[PersonRole]


@dataclass(frozen=True, kw_only=True)
class PastSpend(Form):
    """What a signed intent took from the same wallet."""

    asset: Asset
    amount: Amount
    fee: Amount
    mandate: MandateId | None = None
    at: Time


@dataclass(frozen=True, kw_only=True)
class OwnWallet(Form):
    """A payee address that belongs to a key of our catalogue, by its activation."""

    address: Address
    wallet: WalletId
    owner: Owner
    client: AnyId | None = None
    tier: Tier
    key_class: KeyClass


@dataclass(frozen=True, kw_only=True)
class SpendFacts(Form):
    """A wanted payment, the whole transaction that would make it, and what is known around it.

    ``approvers`` without the maker; ``past``: signed spends of the source wallet; ``booked``: payees
    found in the address book; ``proven``: facts signed by the witness. Absent always means stricter.
    ``inputs`` are of chains with coins, ``account`` is of chains with accounts.
    """

    intent: Intent
    terms: Terms | None = None
    inputs: ListOf[SpentOutput] = ()
    account: SpendingAccount | None = None
    outputs: ListOf[PaidOutput]
    at: Time | None = None
    approvers: SetOf[Approver] = ()
    past: ListOf[PastSpend] | None = None
    own: SetOf[OwnWallet] = ()
    booked: SetOf[Address] = ()
    mandate: Mandate | None = None
    source_tier: Tier | None = None
    proven: ListOf[Fact] = ()

    def __post_init__(self) -> None:
        if self.account is not None and self.inputs:
            raise BadFieldError("either coins or an account pay", field="/account")

    @property
    def fee(self) -> int:
        """The most an account pays; of coins what the outputs leave over, negative when they exceed them."""
        if self.account is not None:
            return self.account.fee
        return sum(item.amount for item in self.inputs) - sum(item.amount for item in self.outputs)


def bitcoin_spend(*, intent: Intent, terms: Terms | None, spend: DecodedSpend) -> SpendFacts:
    """Facts of a decoded PSBT."""
    return SpendFacts(
        intent=intent,
        terms=terms,
        inputs=tuple(
            SpentOutput(
                script=(item.witness_script or item.script_pubkey).hex(), amount=item.amount, txid=item.txid
            )
            for item in spend.inputs
        ),
        outputs=tuple(PaidOutput(to=item.address, amount=item.amount) for item in spend.outputs),
    )


def account_spend(*, intent: Intent, account: SpendingAccount, paid: PaidOutput) -> SpendFacts:
    """Facts of a decoded call on a chain with accounts."""
    return SpendFacts(intent=intent, account=account, outputs=(paid,))

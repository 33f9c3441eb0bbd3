"""The facts rules see: frozen, decoded, and without any word of whoever asks.

Wallets and signer each build them for themselves from bytes they decoded; what is absent counts
as its strictest value. Amounts in base units.
"""

from dataclasses import dataclass

from custody.chains.bitcoin.psbt import DecodedSpend
from custody.statements.fields import Address, Amount, Hex, ListOf
from custody.statements.form import Form
from custody.statements.intent import Intent
from custody.statements.terms import Terms


@dataclass(frozen=True, kw_only=True)
class SpentOutput(Form):
    """What an input spends: the witness script that guards it, and its amount."""

    script: Hex
    amount: Amount


@dataclass(frozen=True, kw_only=True)
class PaidOutput(Form):
    """What an output pays, to the canonical address of its script."""

    to: Address
    amount: Amount


@dataclass(frozen=True, kw_only=True)
class SpendFacts(Form):
    """A wanted payment, the whole transaction that would make it, and the registered terms."""

    intent: Intent
    terms: Terms | None = None
    inputs: ListOf[SpentOutput]
    outputs: ListOf[PaidOutput]

    @property
    def fee(self) -> int:
        """What the outputs leave over; negative when they exceed the inputs."""
        return sum(item.amount for item in self.inputs) - sum(item.amount for item in self.outputs)


def bitcoin_spend(*, intent: Intent, terms: Terms | None, spend: DecodedSpend) -> SpendFacts:
    """Facts of a decoded PSBT."""
    return SpendFacts(
        intent=intent,
        terms=terms,
        inputs=tuple(
            SpentOutput(script=item.witness_script.hex(), amount=item.amount) for item in spend.inputs
        ),
        outputs=tuple(PaidOutput(to=item.address, amount=item.amount) for item in spend.outputs),
    )

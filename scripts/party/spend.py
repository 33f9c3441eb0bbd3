"""What a PSBT pays, and whether the signed terms allow every part of it.

Sighash ALL, proved amounts and known fields are the PSBT reader's work; the rest is checked
here against the terms this party signed, and against nothing the custodian says.
"""

from dataclasses import dataclass

from custody.chains.bitcoin.psbt import DecodedSpend, SpendOutput
from custody.common.errors import RefusedError
from custody.statements.terms import Terms


@dataclass(frozen=True)
class Payment:
    """One output in words: who, where, how many base units."""

    who: str
    to: str
    amount: int


def payments(spend: DecodedSpend, terms: Terms) -> tuple[Payment, ...]:
    """Return what the transaction pays; raises RefusedError for anything outside the terms."""
    for index, item in enumerate(spend.inputs):
        if item.witness_script.hex() != terms.script:
            raise RefusedError(
                "spends another script", code="psbt_foreign_input", field=f"/psbt/inputs/{index}"
            )
    found = tuple(
        Payment(_receiver(output, spend, terms, index), output.address, output.amount)
        for index, output in enumerate(spend.outputs)
    )
    if spend.fee > terms.fee.max:
        raise RefusedError("fee above the terms", code="psbt_fee_above_terms", field="/psbt/fee")
    return found


def _receiver(output: SpendOutput, spend: DecodedSpend, terms: Terms, index: int) -> str:
    """A payout address with any amount, a charge with exactly its amount and only once."""
    parties = {terms.payouts.buyer: "buyer", terms.payouts.merchant: "merchant"}
    if output.address in parties:
        return parties[output.address]
    charges = {(charge.to, charge.amount) for charge in terms.charges or ()}
    paid = [item.address for item in spend.outputs]
    if (output.address, output.amount) in charges and paid.count(output.address) == 1:
        return "charge"
    raise RefusedError(
        "pays somebody the terms do not name", code="psbt_unknown_output", field=f"/psbt/outputs/{index}"
    )

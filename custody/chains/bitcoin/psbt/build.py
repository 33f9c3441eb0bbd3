"""Making the unsigned PSBT of a payout: all inputs of one witness script, exact payees, no change.

What the payees leave over is the fee. Each input carries the previous transaction, so that every
signer can check the amounts for itself; without its witness, which no transaction id covers and
which may be large.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from embit.psbt import PSBT
from embit.script import Script
from embit.transaction import Transaction as EmbitTransaction
from embit.transaction import TransactionInput, TransactionOutput

from custody.chains.bitcoin.address import script_of
from custody.chains.bitcoin.keys import SIGHASH_ALL
from custody.chains.bitcoin.psbt.decode import decode
from custody.chains.bitcoin.transaction import parse_transaction
from custody.common.errors import InvalidInputError

VERSION = 2
# Signals replaceability (BIP125) and leaves the locktime unused.
SEQUENCE = 0xFFFFFFFD
# Below these amounts nodes do not relay an output, by its script length (Core's default dust rate).
DUST = {25: 546, 23: 540, 22: 294, 34: 330}
# Virtual bytes, rounded up: frame; one 2-of-3 P2WSH input with its witness; one output of 34 bytes.
FRAME_VSIZE, INPUT_VSIZE, OUTPUT_VSIZE = 11, 105, 43


@dataclass(frozen=True)
class Spendable:
    """An output of the escrow: ``previous`` is the raw transaction that made it."""

    vout: int
    previous: bytes


@dataclass(frozen=True)
class Payee:
    """An output to make: canonical address and amount in satoshi."""

    address: str
    amount: int


def build_payout(
    *, inputs: Sequence[Spendable], payees: Sequence[Payee], witness_script: bytes, chain: str
) -> str:
    """Return base64 of the unsigned PSBT; payees keep their order.

    Raises InvalidInputError for dust, for outputs above the inputs and for a foreign input.
    """
    outputs = [_output(payee, index, chain) for index, payee in enumerate(payees)]
    transaction = EmbitTransaction(
        version=VERSION, vin=[_input(item) for item in inputs], vout=outputs, locktime=0
    )
    psbt = PSBT(transaction)
    for scope, item in zip(psbt.inputs, inputs, strict=True):
        previous = parse_transaction(item.previous, field="inputs")
        scope.non_witness_utxo = EmbitTransaction.parse(previous.stripped())
        scope.witness_utxo = scope.non_witness_utxo.vout[item.vout]
        scope.witness_script = Script(witness_script)
        scope.sighash_type = SIGHASH_ALL
    text = str(psbt.to_base64())
    decode(text, chain=chain, field="psbt")
    return text


def estimated_vsize(*, inputs: int, outputs: int) -> int:
    """Upper bound of the signed size in vbytes, for fees."""
    return FRAME_VSIZE + inputs * INPUT_VSIZE + outputs * OUTPUT_VSIZE


def _input(item: Spendable) -> TransactionInput:
    previous = parse_transaction(item.previous, field="inputs")
    if item.vout >= len(previous.outputs):
        raise InvalidInputError("output does not exist", code="psbt_previous_mismatch", field="inputs")
    return TransactionInput(bytes.fromhex(previous.txid), item.vout, sequence=SEQUENCE)


def _output(payee: Payee, index: int, chain: str) -> TransactionOutput:
    script = script_of(payee.address, chain, field=f"payees/{index}/to")
    if payee.amount < DUST[len(script)]:
        raise InvalidInputError("amount is below the dust limit", code="dust", field=f"payees/{index}/amount")
    return TransactionOutput(payee.amount, Script(script))

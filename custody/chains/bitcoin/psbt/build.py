"""Making the unsigned PSBT of a spend: inputs of one wallet, exact payees, at most one change output.

What the outputs leave over is the fee. Each input carries the previous transaction, so that every
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
from custody.chains.bitcoin.psbt.guard import InputKind
from custody.chains.bitcoin.reader import write_compact
from custody.chains.bitcoin.script import p2wpkh_script, p2wsh_script
from custody.chains.bitcoin.transaction import Transaction, parse_transaction
from custody.common.errors import InvalidInputError

VERSION = 2
# Signals replaceability (BIP125) and leaves the locktime unused.
SEQUENCE = 0xFFFFFFFD
# Below these amounts nodes do not relay an output, by its script length (Core's default dust rate).
DUST = {25: 546, 23: 540, 22: 294, 34: 330}
# Virtual bytes, rounded up: version, locktime, marker and flag; an input with its witness, whose
# signatures have 72 bytes at most; an output of 34 bytes.
FRAME_VSIZE, OUTPUT_VSIZE = 9, 43
INPUT_VSIZE = {InputKind.P2WPKH: 68, InputKind.P2WSH_MULTISIG: 105}


@dataclass(frozen=True)
class Spendable:
    """An output to spend: ``previous`` is the raw transaction that made it.

    ``public_key``: the compressed key it pays to, where a wallet has several.
    """

    vout: int
    previous: bytes
    public_key: bytes | None = None


@dataclass(frozen=True)
class Payee:
    """An output to make: canonical address and amount in satoshi."""

    address: str
    amount: int


def build_payout(
    *, inputs: Sequence[Spendable], payees: Sequence[Payee], witness_script: bytes, chain: str
) -> str:
    """Return base64 of the unsigned PSBT out of one witness script; payees keep their order.

    Raises InvalidInputError for dust, for outputs above the inputs and for a foreign input (``psbt_script``).
    """
    outputs = _outputs(payees, None, chain=chain)
    return _build(
        inputs, outputs, spent=p2wsh_script(witness_script), witness_script=witness_script, chain=chain
    )


def build_spend(
    *,
    inputs: Sequence[Spendable],
    payees: Sequence[Payee],
    public_key: bytes,
    chain: str,
    change: Payee | None = None,
) -> str:
    """Return base64 of the unsigned PSBT out of P2WPKH outputs of one wallet; change is the last output.

    ``public_key`` is that of all inputs which name none of their own.
    Raises InvalidInputError for dust, for outputs above the inputs, for a foreign input (``psbt_script``)
    and for a key that is not compressed.
    """
    outputs = _outputs(payees, change, chain=chain)
    return _build(inputs, outputs, spent=p2wpkh_script(public_key), witness_script=None, chain=chain)


def estimated_vsize(*, inputs: int, outputs: int, kind: InputKind = InputKind.P2WSH_MULTISIG) -> int:
    """Upper bound of the signed size in vbytes, for fees; ``kind`` is one that is built here."""
    counts = len(write_compact(inputs)) + len(write_compact(outputs))
    return FRAME_VSIZE + counts + inputs * INPUT_VSIZE[kind] + outputs * OUTPUT_VSIZE


def _outputs(payees: Sequence[Payee], change: Payee | None, *, chain: str) -> list[TransactionOutput]:
    outputs = [_output(payee, chain, field=f"payees/{index}") for index, payee in enumerate(payees)]
    return outputs if change is None else [*outputs, _output(change, chain, field="change")]


def _output(payee: Payee, chain: str, *, field: str) -> TransactionOutput:
    script = script_of(payee.address, chain, field=f"{field}/to")
    if payee.amount < DUST[len(script)]:
        raise InvalidInputError("amount is below the dust limit", code="dust", field=f"{field}/amount")
    return TransactionOutput(payee.amount, Script(script))


def _build(
    inputs: Sequence[Spendable],
    outputs: list[TransactionOutput],
    *,
    spent: bytes,
    witness_script: bytes | None,
    chain: str,
) -> str:
    previous = [
        _previous(item, p2wpkh_script(item.public_key) if item.public_key else spent, field=f"inputs/{index}")
        for index, item in enumerate(inputs)
    ]
    vin = [
        TransactionInput(bytes.fromhex(found.txid), item.vout, sequence=SEQUENCE)
        for found, item in zip(previous, inputs, strict=True)
    ]
    psbt = PSBT(EmbitTransaction(version=VERSION, vin=vin, vout=outputs, locktime=0))
    for scope, found, item in zip(psbt.inputs, previous, inputs, strict=True):
        scope.non_witness_utxo = EmbitTransaction.parse(found.stripped())
        scope.witness_utxo = scope.non_witness_utxo.vout[item.vout]
        scope.witness_script = None if witness_script is None else Script(witness_script)
        scope.sighash_type = SIGHASH_ALL
    text = str(psbt.to_base64())
    decode(text, chain=chain, field="psbt")
    return text


def _previous(item: Spendable, spent: bytes, *, field: str) -> Transaction:
    found = parse_transaction(item.previous, field=field)
    if item.vout >= len(found.outputs):
        raise InvalidInputError("output does not exist", code="psbt_previous_mismatch", field=field)
    if found.outputs[item.vout].script != spent:
        raise InvalidInputError("not the script of the spent output", code="psbt_script", field=field)
    return found

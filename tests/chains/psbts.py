"""A payout PSBT of the documented escrow, and ways to alter one field of it."""

import base64
from collections.abc import Callable
from dataclasses import replace

from custody.chains.bitcoin.address import script_of
from custody.chains.bitcoin.psbt import Payee, Spendable, build_payout
from custody.chains.bitcoin.psbt.wire import Map, Maps, from_base64, read_maps, to_base64
from custody.chains.bitcoin.script import p2wsh_script
from custody.chains.bitcoin.transaction import Transaction, TxInput, TxOutput
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST, escrow_script, funding

FUNDING = funding(escrow_script(), 600_000, 400_000)


def payout() -> str:
    """Two inputs of 600,000 and 400,000 satoshi, two payees, fee 10,000."""
    return build_payout(
        inputs=[Spendable(0, FUNDING.to_bytes()), Spendable(1, FUNDING.to_bytes())],
        payees=[Payee(MERCHANT_ADDRESS, 900_000), Payee(BUYER_ADDRESS, 90_000)],
        witness_script=escrow_script(),
        chain=REGTEST,
    )


def spending(*spent: tuple[bytes, Map], sequence: int = 0xFFFFFFFD, locktime: int = 0) -> str:
    """One input of 100,000 satoshi for each output script, with the fields of its own; pays 10,000 each."""
    previous = Transaction(
        2,
        (TxInput("22" * 32, 0, b"", 0xFFFFFFFF),),
        tuple(TxOutput(100_000, script) for script, _ in spent),
        0,
    )
    inputs = tuple(TxInput(previous.txid, index, b"", sequence) for index in range(len(spent)))
    outputs = (TxOutput(10_000 * len(spent), script_of(MERCHANT_ADDRESS, REGTEST)),)
    known = ({b"\x00": previous.to_bytes(), b"\x01": item.to_bytes()} for item in previous.outputs)
    fields = tuple({**found, **own} for found, (_, own) in zip(known, spent, strict=True))
    return to_base64(Maps(Transaction(2, inputs, outputs, locktime), fields, ({},)))


def of_script(witness_script: bytes) -> tuple[bytes, Map]:
    """Output script and fields of a P2WSH input."""
    return p2wsh_script(witness_script), {b"\x05": witness_script}


def maps_of(psbt: str) -> Maps:
    return read_maps(from_base64(psbt, field=""), field="")


def with_unsigned(psbt: str, change: Callable[[Transaction], Transaction]) -> str:
    """The PSBT around a changed unsigned transaction with as many inputs and outputs."""
    maps = maps_of(psbt)
    return to_base64(replace(maps, unsigned=change(maps.unsigned)))


def with_input(psbt: str, change: Callable[[TxInput], TxInput], *, index: int = 0) -> str:
    """The PSBT with one input of its transaction changed."""

    def changed(tx: Transaction) -> Transaction:
        inputs = [change(item) if place == index else item for place, item in enumerate(tx.inputs)]
        return replace(tx, inputs=tuple(inputs))

    return with_unsigned(psbt, changed)


def with_output(psbt: str, change: Callable[[TxOutput], TxOutput], *, index: int = 0) -> str:
    """The PSBT with one output of its transaction changed."""

    def changed(tx: Transaction) -> Transaction:
        outputs = [change(item) if place == index else item for place, item in enumerate(tx.outputs)]
        return replace(tx, outputs=tuple(outputs))

    return with_unsigned(psbt, changed)


def with_extra_output(psbt: str, output: TxOutput) -> str:
    """The PSBT with one more output."""
    maps = maps_of(psbt)
    unsigned = replace(maps.unsigned, outputs=(*maps.unsigned.outputs, output))
    return to_base64(Maps(unsigned, maps.inputs, (*maps.outputs, {})))


def with_field(psbt: str, key: bytes, value: bytes | None, *, index: int = 0) -> str:
    """The PSBT with a field of one input set, or removed for None."""
    maps = maps_of(psbt)
    fields: Map = {**maps.inputs[index]}
    fields.pop(key, None)
    if value is not None:
        fields[key] = value
    inputs = tuple(fields if place == index else item for place, item in enumerate(maps.inputs))
    return to_base64(replace(maps, inputs=inputs))


def raw(psbt: str) -> bytes:
    return base64.b64decode(psbt)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()

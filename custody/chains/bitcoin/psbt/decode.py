"""Strict reading of a PSBT that spends P2WPKH, P2WSH or P2TR outputs.

Refuses by default: any field it does not know, any sighash but ALL, amounts that are not proved
by the full previous transaction, signatures that do not verify. The field of each refusal names
the input or output at fault.
"""

from custody.chains.bitcoin.address import address_of
from custody.chains.bitcoin.keys import SIGHASH_ALL, from_script_form, verify
from custody.chains.bitcoin.psbt import fields
from custody.chains.bitcoin.psbt.guard import Guard, read_guard
from custody.chains.bitcoin.psbt.previous import PreviousTransactions
from custody.chains.bitcoin.psbt.spend import (
    POINTER,
    DecodedSpend,
    PartialSignature,
    SpendInput,
    SpendOutput,
    digests,
)
from custody.chains.bitcoin.psbt.wire import Map, from_base64, read_maps
from custody.chains.bitcoin.transaction import MAX_MONEY, Transaction, TxInput, TxOutput
from custody.common.errors import InvalidInputError

VERSIONS = frozenset({1, 2})


def decode(psbt: str, *, chain: str, field: str = POINTER) -> DecodedSpend:
    """Decode base64 into checked values; raises InvalidInputError naming the place at fault."""
    maps = read_maps(from_base64(psbt, field=field), field=field)
    unsigned, previous = maps.unsigned, PreviousTransactions()
    _check_unsigned(unsigned, field=field)
    spend = DecodedSpend(
        chain=chain,
        txid=unsigned.txid,
        version=unsigned.version,
        locktime=unsigned.locktime,
        inputs=tuple(
            _read_input(item, values, previous, field=f"{field}/inputs/{index}")
            for index, (item, values) in enumerate(zip(unsigned.inputs, maps.inputs, strict=True))
        ),
        outputs=tuple(
            _read_output(item, values, chain=chain, field=f"{field}/outputs/{index}")
            for index, (item, values) in enumerate(zip(unsigned.outputs, maps.outputs, strict=True))
        ),
        unsigned=unsigned,
    )
    _check_sums(spend, field=field)
    _verify_signatures(spend, field=field)
    return spend


def _check_unsigned(unsigned: Transaction, *, field: str) -> None:
    if unsigned.version not in VERSIONS:
        raise InvalidInputError("unknown version", code="psbt_version", field=f"{field}/version")
    seen: set[str] = set()
    for index, item in enumerate(unsigned.inputs):
        if item.outpoint in seen:
            place = f"{field}/inputs/{index}"
            raise InvalidInputError("an output is spent twice", code="psbt_duplicate_input", field=place)
        seen.add(item.outpoint)


def _read_input(item: TxInput, values: Map, previous: PreviousTransactions, *, field: str) -> SpendInput:
    output = previous.output(item, values, field=field)
    guard = read_guard(output.script, values, field=field)
    sighash = values.get(bytes([fields.SIGHASH]), SIGHASH_ALL.to_bytes(4, "little"))
    if sighash != SIGHASH_ALL.to_bytes(4, "little"):
        raise InvalidInputError("sighash is not ALL", code="psbt_sighash", field=f"{field}/sighash")
    return SpendInput(
        txid=item.txid,
        vout=item.vout,
        amount=output.amount,
        script_pubkey=output.script,
        guard=guard,
        sequence=item.sequence,
        sighash=SIGHASH_ALL,
        partial_signatures=_read_signatures(values, guard, field=f"{field}/signatures"),
    )


def _read_signatures(values: Map, guard: Guard, *, field: str) -> tuple[PartialSignature, ...]:
    """In the order of the signers."""
    placed: dict[int, PartialSignature] = {}
    for key, value in fields.with_public_key(values, fields.PARTIAL_SIGNATURE).items():
        name = f"{field}/{key.hex()}"
        place = guard.place_of(key)
        if place is None:
            raise InvalidInputError("key is not in the script", code="psbt_foreign_key", field=name)
        placed[place] = PartialSignature(key, from_script_form(value, field=name))
    return tuple(placed[place] for place in sorted(placed))


def _read_output(item: TxOutput, values: Map, *, chain: str, field: str) -> SpendOutput:
    fields.check_fields(values, fields.OUTPUT_FIELDS, field=field)
    return SpendOutput(item.amount, item.script, address_of(item.script, chain, field=field))


def _check_sums(spend: DecodedSpend, *, field: str) -> None:
    if sum(item.amount for item in spend.inputs) > MAX_MONEY or spend.fee < 0:
        raise InvalidInputError("outputs exceed inputs", code="psbt_fee_negative", field=f"{field}/outputs")


def _verify_signatures(spend: DecodedSpend, *, field: str) -> None:
    if not any(item.partial_signatures for item in spend.inputs):
        return
    for index, (item, digest) in enumerate(zip(spend.inputs, digests(spend, field=field), strict=True)):
        for entry in item.partial_signatures:
            if not verify(public_key=entry.public_key, digest=digest, signature=entry.signature):
                place = f"{field}/inputs/{index}/signatures/{entry.public_key.hex()}"
                raise InvalidInputError("does not verify", code="psbt_signature_invalid", field=place)

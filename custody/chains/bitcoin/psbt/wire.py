"""The maps of a PSBT version 0 (BIP174): keys and values, each key once, nothing behind the end."""

import base64
import binascii
from dataclasses import dataclass

from custody.chains.bitcoin.reader import MalformedError, Reader, write_text
from custody.chains.bitcoin.transaction import Transaction, parse_transaction
from custody.common.errors import InvalidInputError

MAGIC = b"psbt\xff"
MAX_SIZE = 2 * 1024 * 1024
UNSIGNED_TX = b"\x00"

Map = dict[bytes, bytes]


@dataclass(frozen=True)
class Maps:
    """A PSBT as it stands on the wire, with its unsigned transaction parsed."""

    unsigned: Transaction
    inputs: tuple[Map, ...]
    outputs: tuple[Map, ...]


def from_base64(text: str, *, field: str) -> bytes:
    """Decode strict base64 of at most 2 MiB; raises InvalidInputError."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInputError("not base64", code="psbt_malformed", field=field) from None
    if len(data) > MAX_SIZE:
        raise InvalidInputError("PSBT is too large", code="psbt_malformed", field=field)
    return data


def read_maps(data: bytes, *, field: str) -> Maps:
    """Split a PSBT into its maps; the global map may hold the unsigned transaction only."""
    reader = Reader(data, field=field)
    try:
        if reader.take(len(MAGIC)) != MAGIC:
            raise MalformedError("not a PSBT", field=field)
        unsigned = _unsigned(_read_map(reader), field=field)
        inputs = tuple(_read_map(reader) for _ in unsigned.inputs)
        outputs = tuple(_read_map(reader) for _ in unsigned.outputs)
        reader.finish()
    except MalformedError as error:
        raise InvalidInputError(error.detail, code="psbt_malformed", field=error.field) from None
    return Maps(unsigned, inputs, outputs)


def to_base64(maps: Maps) -> str:
    """Write maps with their keys in ascending order."""
    head = MAGIC + _write_map({UNSIGNED_TX: maps.unsigned.to_bytes()})
    body = b"".join(_write_map(item) for item in (*maps.inputs, *maps.outputs))
    return base64.b64encode(head + body).decode()


def _unsigned(global_map: Map, *, field: str) -> Transaction:
    if UNSIGNED_TX not in global_map:
        raise MalformedError("the unsigned transaction is missing", field=f"{field}/global")
    if len(global_map) != 1:
        raise InvalidInputError("unknown global field", code="psbt_unknown_field", field=f"{field}/global")
    transaction = parse_transaction(global_map[UNSIGNED_TX], field=f"{field}/global")
    if transaction.has_witness or any(item.script_sig for item in transaction.inputs):
        raise MalformedError("the unsigned transaction carries signatures", field=f"{field}/global")
    return transaction


def _read_map(reader: Reader) -> Map:
    result: Map = {}
    while key := reader.text():
        if key in result:
            raise MalformedError("a key occurs twice", field=reader.field)
        result[key] = reader.text()
    return result


def _write_map(values: Map) -> bytes:
    entries = b"".join(write_text(key) + write_text(values[key]) for key in sorted(values))
    return entries + b"\x00"

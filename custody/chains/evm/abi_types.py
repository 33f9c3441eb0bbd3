"""Types of call arguments, and how one value of each is written in JSON (formats section 0).

Integers are decimal strings, bytes lower-case hex without 0x, addresses lower case with it; arrays
and tuples are lists. Relies on eth-abi for the grammar of type names.
"""

import re
from itertools import accumulate
from typing import Any

from eth_abi.exceptions import ParseError
from eth_abi.grammar import BasicType, TupleType, parse

from custody.chains.evm.address import address_bytes
from custody.common.errors import InvalidInputError

Kind = BasicType | TupleType

# A pointer into dynamic data can be repeated: each level multiplies what a few bytes unfold to.
MAX_DYNAMIC_LEVELS = 2
MAX_LENGTH = 512
MAX_NESTING = 4
BASES = frozenset({"address", "bool", "bytes", "int", "string", "uint"})

_INTEGER = re.compile(r"(0|-?[1-9][0-9]{0,77})\Z")
_HEX = re.compile(r"([0-9a-f]{2})*\Z")


def read_types(text: str, *, field: str) -> tuple[Kind, ...]:
    """Read ``(address,uint256)``: the types of all parameters, each in its one spelling.

    Raises InvalidInputError for aliases (``uint``), blanks, types without a JSON form (``fixed``,
    ``function``) and nesting that could unfold without bound.
    """
    if text == "()":
        return ()
    if len(text) > MAX_LENGTH or _nesting(text) > MAX_NESTING:
        raise InvalidInputError("types are too long or too deep", code="abi_type", field=field)
    try:
        # In parentheses it is a tuple; aliases and blanks are refused by eth-abi itself.
        whole: Any = parse(text)
        whole.validate()
    except (ParseError, ValueError):
        raise InvalidInputError("not types of the ABI", code="abi_type", field=field) from None
    for kind in whole.components:
        _check(kind, field=field)
    return tuple(whole.components)


def name_of(kind: Kind) -> str:
    """The type's name, e.g. ``(address,uint256)[]``."""
    return str(kind.to_type_str())  # type: ignore[no-untyped-call]  # eth-abi leaves it without types


def to_json(kind: Kind, value: Any) -> Any:  # noqa: ANN401
    """JSON of a value as eth-abi decodes it."""
    if kind.is_array:
        return [to_json(kind.item_type, item) for item in value]
    if isinstance(kind, TupleType):
        return [to_json(part, item) for part, item in zip(kind.components, value, strict=True)]
    if kind.base in {"int", "uint"}:
        return str(value)
    return value.hex() if kind.base == "bytes" else value


def from_json(kind: Kind, value: object, *, field: str) -> Any:  # noqa: ANN401
    """Value as eth-abi encodes it; raises InvalidInputError for what is not the type's JSON."""
    if kind.is_array:
        items = _list(value, length=kind.arrlist[-1], field=field)
        return [from_json(kind.item_type, item, field=f"{field}/{n}") for n, item in enumerate(items)]
    if isinstance(kind, TupleType):
        items = _list(value, length=(len(kind.components),), field=field)
        parts = enumerate(zip(kind.components, items, strict=True))
        return [from_json(part, item, field=f"{field}/{n}") for n, (part, item) in parts]
    return _READERS[kind.base](kind, value, field)


def _nesting(text: str) -> int:
    return max(accumulate((character == "(") - (character == ")") for character in text))


def _check(kind: Kind, *, field: str) -> None:
    if _dynamic_levels(kind) > MAX_DYNAMIC_LEVELS:
        raise InvalidInputError("dynamic types are nested too deep", code="abi_type", field=field)
    for basic in _basics(kind):
        if basic.base not in BASES:
            raise InvalidInputError("type is not supported", code="abi_type", field=field)


def _basics(kind: Kind) -> list[BasicType]:
    if isinstance(kind, TupleType):
        return [basic for part in kind.components for basic in _basics(part)]
    return [kind]


def _dynamic_levels(kind: Kind) -> int:
    if kind.is_array:
        return _dynamic_levels(kind.item_type) + 1
    if isinstance(kind, TupleType):
        return max(_dynamic_levels(part) for part in kind.components)
    return int(kind.is_dynamic)


def _list(value: object, *, length: tuple[int, ...], field: str) -> list[Any]:
    if not isinstance(value, list) or (length and len(value) != length[0]):
        raise InvalidInputError("not a list of this length", code="abi_argument", field=field)
    return value


def _integer(kind: BasicType, value: object, field: str) -> int:
    least, most = (-(2 ** (kind.sub - 1)), 2 ** (kind.sub - 1)) if kind.base == "int" else (0, 2**kind.sub)
    if not isinstance(value, str) or not _INTEGER.match(value) or not least <= int(value) < most:
        raise InvalidInputError("not a decimal number of this type", code="abi_argument", field=field)
    return int(value)


def _bytes(kind: BasicType, value: object, field: str) -> bytes:
    if not isinstance(value, str) or not _HEX.match(value) or kind.sub not in {None, len(value) // 2}:
        raise InvalidInputError("not bytes of this type in hex", code="abi_argument", field=field)
    return bytes.fromhex(value)


def _text(_: BasicType, value: object, field: str) -> str:
    if not isinstance(value, str):
        raise InvalidInputError("not a text", code="abi_argument", field=field)
    return value


def _flag(_: BasicType, value: object, field: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInputError("neither true nor false", code="abi_argument", field=field)
    return value


def _address(_: BasicType, value: object, field: str) -> bytes:
    return address_bytes(value, field=field)


_READERS = {
    "address": _address, "bool": _flag, "bytes": _bytes, "int": _integer, "string": _text, "uint": _integer,
}  # fmt: skip

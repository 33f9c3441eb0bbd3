"""Contract calls by a method's signature: strict decoding of call data, and encoding.

A call is understood only when its bytes are the one encoding of typed arguments: what is decoded
is encoded again and must give the same bytes, so that no byte stays unseen by those who approve.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from custody.chains.evm.abi_types import Kind, from_json, name_of, read_types, to_json
from custody.common import canonical
from custody.common.errors import InvalidInputError

SELECTOR_SIZE = 4
# Repeated pointers make arguments larger than their bytes: more than any payment needs is refused.
MAX_CALL_DATA = 16 * 1024

_METHOD = re.compile(r"([A-Za-z_$][A-Za-z0-9_$]{0,127})(\(.*\))\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")


@dataclass(frozen=True)
class Method:
    """A method of a contract: ``text`` is its signature, ``names`` are the keys of its arguments."""

    text: str
    names: tuple[str, ...]
    types: tuple[Kind, ...]

    @property
    def selector(self) -> bytes:
        """First four bytes of a call."""
        return selector_of(self.text)

    @property
    def kinds(self) -> list[str]:
        """Type names in order."""
        return [name_of(kind) for kind in self.types]


def selector_of(method: str) -> bytes:
    """Four bytes that stand for a method's signature."""
    return bytes(keccak(method.encode())[:SELECTOR_SIZE])


def read_method(text: str, *, names: Sequence[str] | None = None, field: str = "/method") -> Method:
    """Read ``transfer(address,uint256)``; without ``names`` the arguments are arg0, arg1 and so on.

    Raises InvalidInputError for another spelling than the one the selector is made of. For methods of
    pinned documents: what is read stays in eth-abi's caches.
    """
    match = _METHOD.match(text)
    if match is None:
        raise InvalidInputError("not the signature of a method", code="abi_method", field=field)
    types = read_types(match[2], field=field)
    keys = tuple(names) if names is not None else tuple(f"arg{n}" for n in range(len(types)))
    if len(keys) != len(types) or len(set(keys)) != len(keys) or not all(map(_NAME.match, keys)):
        raise InvalidInputError("not one name for each parameter", code="abi_names", field=field)
    return Method(text, keys, types)


def decode_call(method: Method, data: bytes, *, field: str = "/data") -> dict[str, Any]:
    """Return the arguments as JSON by name; ``data`` starts with the selector.

    Raises InvalidInputError for another method, for dirty padding, wrong offsets and bytes too many
    or too few, and for a text that has no canonical JSON.
    """
    if len(data) > MAX_CALL_DATA:
        raise InvalidInputError("call data is too long", code="abi_too_long", field=field)
    if data[:SELECTOR_SIZE] != method.selector:
        raise InvalidInputError("call of another method", code="abi_selector", field=field)
    try:
        values = decode(method.kinds, data[SELECTOR_SIZE:], strict=True)
    except (DecodingError, OverflowError, UnicodeDecodeError):
        raise InvalidInputError("not arguments of the method", code="abi_malformed", field=field) from None
    if method.selector + encode(method.kinds, values) != data:
        raise InvalidInputError(
            "not the one encoding of its arguments", code="abi_not_canonical", field=field
        )
    arguments = [to_json(kind, value) for kind, value in zip(method.types, values, strict=True)]
    result = dict(zip(method.names, arguments, strict=True))
    canonical.encode(result)
    return result


def encode_call(method: Method, args: Mapping[str, object], *, field: str = "/args") -> bytes:
    """Return the call data for arguments as JSON by name; raises InvalidInputError naming a wrong one."""
    for name in sorted(args.keys() ^ set(method.names)):
        raise InvalidInputError(
            "argument is missing or unknown", code="abi_argument", field=f"{field}/{name}"
        )
    values = [
        from_json(kind, args[name], field=f"{field}/{name}")
        for name, kind in zip(method.names, method.types, strict=True)
    ]
    return method.selector + bytes(encode(method.kinds, values))

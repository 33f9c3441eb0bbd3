"""Transactions of a Safe 1.4.1: typed data (EIP-712) in, one call and one digest out.

The Safe's own hash covers ten fields; those through which it could do more than one plain call, or
pay out gas to somebody, must be zero. Everything that is not exactly this structure is refused.
"""

import json
import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eth_utils.crypto import keccak

from custody.chains.evm.address import ZERO, address_bytes, refuse_zero
from custody.chains.evm.eip712 import digest, struct_hash
from custody.chains.evm.networks import MAX_CHAIN_ID, chain_of
from custody.chains.evm.transaction import MAX_COUNT, MAX_WORD
from custody.common import money
from custody.common.errors import InvalidInputError

DOMAIN = (("chainId", "uint256"), ("verifyingContract", "address"))
SAFE_TX = (
    ("to", "address"), ("value", "uint256"), ("data", "bytes"), ("operation", "uint8"),
    ("safeTxGas", "uint256"), ("baseGas", "uint256"), ("gasPrice", "uint256"), ("gasToken", "address"),
    ("refundReceiver", "address"), ("nonce", "uint256"),
)  # fmt: skip
TYPES = {
    name: [{"name": member, "type": kind} for member, kind in members]
    for name, members in (("EIP712Domain", DOMAIN), ("SafeTx", SAFE_TX))
}
PRIMARY_TYPE = "SafeTx"
# operation 0 is CALL; 1 would run foreign code in the Safe's own name.
CALL: dict[str, int | str] = {"operation": 0}
NO_REFUND: dict[str, int | str] = {
    "safeTxGas": 0, "baseGas": 0, "gasPrice": "0", "gasToken": ZERO, "refundReceiver": ZERO,
}  # fmt: skip
# Typed data of a SafeTx opens 18 objects and lists; far more would only be nested to do harm.
MAX_OPENED = 64
_DATA = re.compile(r"0x([0-9a-f]{2})*\Z")


@dataclass(frozen=True, kw_only=True)
class SafeTx:
    """One plain call out of a Safe; ``value`` in wei, ``nonce`` counts the Safe's transactions."""

    chain_id: int
    safe: str
    to: str
    value: int
    nonce: int
    data: bytes = b""

    @property
    def chain(self) -> str:
        """CAIP-2 id of the chain."""
        return chain_of(self.chain_id)

    @property
    def domain_separator(self) -> bytes:
        """Hash that binds the transaction to one Safe on one chain."""
        kinds = [kind for _, kind in DOMAIN]
        return struct_hash(_encoded("EIP712Domain", DOMAIN), kinds, [self.chain_id, self.safe])

    @property
    def message_hash(self) -> bytes:
        """Hash of the ten fields; ``data`` goes in as its own hash."""
        kinds = ["bytes32" if kind == "bytes" else kind for _, kind in SAFE_TX]
        values = [self.to, self.value, keccak(self.data), 0, 0, 0, 0, ZERO, ZERO, self.nonce]
        return struct_hash(_encoded(PRIMARY_TYPE, SAFE_TX), kinds, values)

    @cached_property
    def digest(self) -> bytes:
        """32 bytes to sign: what the Safe's ``getTransactionHash`` answers."""
        return digest(self.domain_separator, self.message_hash)

    def typed_data(self) -> dict[str, Any]:
        """The JSON that ``read_typed_data`` takes, as wallets know it."""
        message = {
            "to": self.to,
            "value": str(self.value),
            "data": f"0x{self.data.hex()}",
            **CALL,
            **NO_REFUND,
            "nonce": self.nonce,
        }
        domain = {"chainId": self.chain_id, "verifyingContract": self.safe}
        return {"types": deepcopy(TYPES), "primaryType": PRIMARY_TYPE, "domain": domain, "message": message}

    def to_text(self) -> bytes:
        """The typed data as JSON text."""
        return json.dumps(self.typed_data(), sort_keys=True, separators=(",", ":")).encode()


def read_text(text: bytes, *, field: str = "") -> SafeTx:
    """Read typed data from JSON text; besides what ``read_typed_data`` refuses, a key given twice."""
    try:
        if text.count(b"{") + text.count(b"[") > MAX_OPENED:
            raise ValueError("nested without need")
        value = json.loads(text.decode(), object_pairs_hook=_unique)
    except ValueError:
        raise InvalidInputError("not typed data in JSON", code="safe_malformed", field=field) from None
    return read_typed_data(value, field=field)


def read_typed_data(value: object, *, field: str = "") -> SafeTx:
    """Read a plain call; raises InvalidInputError naming the first member that is not as it must be.

    Integers are JSON numbers, amounts decimal strings, addresses and data lower-case hex with 0x.
    """
    data = _object(value, ("types", "primaryType", "domain", "message"), field=field)
    if data["types"] != TYPES:
        raise InvalidInputError("types are not those of a SafeTx", code="safe_types", field=f"{field}/types")
    if data["primaryType"] != PRIMARY_TYPE:
        place = f"{field}/primaryType"
        raise InvalidInputError("not a SafeTx", code="safe_primary_type", field=place)
    domain = _object(data["domain"], [name for name, _ in DOMAIN], field=f"{field}/domain")
    message = _object(data["message"], [name for name, _ in SAFE_TX], field=f"{field}/message")
    _check_constants(message, CALL, code="safe_operation", field=f"{field}/message")
    _check_constants(message, NO_REFUND, code="safe_refund", field=f"{field}/message")
    return SafeTx(
        chain_id=_whole(domain, "chainId", 1, MAX_CHAIN_ID, field=f"{field}/domain"),
        safe=_address(domain, "verifyingContract", field=f"{field}/domain"),
        to=_address(message, "to", field=f"{field}/message"),
        value=_amount(message["value"], field=f"{field}/message/value"),
        data=_data(message["data"], field=f"{field}/message/data"),
        nonce=_whole(message, "nonce", 0, MAX_COUNT, field=f"{field}/message"),
    )


def _encoded(name: str, members: tuple[tuple[str, str], ...]) -> str:
    return f"{name}({','.join(f'{kind} {member}' for member, kind in members)})"


def _object(value: object, names: Iterable[str], *, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInputError("not an object", code="safe_malformed", field=field)
    for name in sorted(value.keys() ^ set(names)):
        raise InvalidInputError("missing or hidden member", code="safe_member", field=f"{field}/{name}")
    return value


def _check_constants(
    message: dict[str, Any], expected: dict[str, int | str], *, code: str, field: str
) -> None:
    for name, constant in expected.items():
        # false equals 0 in Python, and in no hash.
        if type(message[name]) is not type(constant) or message[name] != constant:
            raise InvalidInputError("must be zero", code=code, field=f"{field}/{name}")


def _whole(members: dict[str, Any], name: str, least: int, most: int, *, field: str) -> int:
    number = members[name]
    if type(number) is not int or not least <= number <= most:
        raise InvalidInputError("number out of range", code="safe_range", field=f"{field}/{name}")
    return number


def _address(members: dict[str, Any], name: str, *, field: str) -> str:
    address_bytes(members[name], field=f"{field}/{name}")
    refuse_zero(members[name], field=f"{field}/{name}")
    return str(members[name])


def _amount(value: object, *, field: str) -> int:
    amount = money.parse_amount(value, field=field)
    if amount > MAX_WORD:
        raise InvalidInputError("number out of range", code="safe_range", field=field)
    return amount


def _data(value: object, *, field: str) -> bytes:
    if not isinstance(value, str) or not _DATA.match(value):
        raise InvalidInputError("not data in hex", code="safe_data", field=field)
    return bytes.fromhex(value[2:])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result

"""Addresses of EVM chains: lower case in bytes, mixed case (EIP-55) only when shown to people.

An address names no chain and its plain form has no checksum, so everything but lower case or the
exact EIP-55 spelling is refused, and so is the zero address as something that could be paid.
"""

import re

from coincurve import PublicKey
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from custody.chains.evm.networks import chain_id_of
from custody.common.errors import InvalidInputError

ZERO = f"0x{'00' * 20}"
_LOWER = re.compile(r"0x[0-9a-f]{40}\Z")
_ANY = re.compile(r"0x[0-9a-fA-F]{40}\Z")


def canonical_address(text: str, chain: str, *, field: str = "address") -> str:
    """Return the lower-case spelling of an address that can be paid on this chain.

    Raises InvalidInputError for a wrong EIP-55 checksum, for the zero address and for a chain that
    is no EVM chain.
    """
    chain_id_of(chain, field=field)
    if not isinstance(text, str) or not _ANY.match(text):
        raise InvalidInputError("not an address", code="bad_address", field=field)
    address = text.lower()
    if text not in {address, checksum_address(address)}:
        raise InvalidInputError("checksum is wrong", code="bad_address", field=field)
    refuse_zero(address, field=field)
    return address


def checksum_address(address: str) -> str:
    """The spelling for people (EIP-55): the case of the letters is a checksum."""
    return str(to_checksum_address(address))


def address_bytes(address: object, *, field: str) -> bytes:
    """Return the 20 bytes of an address in lower case; raise InvalidInputError for any other spelling."""
    if not isinstance(address, str) or not _LOWER.match(address):
        raise InvalidInputError("not an address in lower case", code="bad_address", field=field)
    return bytes.fromhex(address[2:])


def write_address(data: bytes) -> str:
    """Lower-case spelling of 20 bytes."""
    return f"0x{data.hex()}"


def refuse_zero(address: str, *, field: str) -> None:
    """Nobody has the key of the zero address: what is sent there is lost."""
    if address == ZERO:
        raise InvalidInputError("zero address", code="zero_address", field=field)


def address_of_key(public_key: bytes, *, field: str = "public_key") -> str:
    """Address of a secp256k1 public key of 33 or 65 bytes; InvalidInputError when it is no point.

    The last 20 bytes of Keccak-256 over both coordinates (Yellow Paper, appendix F).
    """
    try:
        point = PublicKey(public_key)
    except ValueError:
        raise InvalidInputError("not a point of the curve", code="bad_public_key", field=field) from None
    return write_address(keccak(point.format(compressed=False)[1:])[-20:])

"""Addresses and output scripts, one canonical spelling each, of one network only.

Bech32 for witness version 0 (BIP173), Bech32m for P2TR (BIP350), Base58Check for the legacy
forms. Output types that nobody can be asked to pay here (future witness versions, data) are refused.
"""

from functools import lru_cache

from coincurve import PublicKey
from embit import base58, bech32

from custody.chains.bitcoin.networks import NETWORKS, Network, network_of
from custody.chains.bitcoin.script import p2wpkh_script, p2wsh_script
from custody.common.errors import InvalidInputError

# The same few addresses are read and written again by each check of a spend, in pure Python.
_decode = lru_cache(maxsize=4096)(bech32.decode)
_encode = lru_cache(maxsize=4096)(bech32.encode)

MAX_LENGTH = 90
OP_1 = 0x51


def canonical_address(text: str, chain: str, *, field: str = "address") -> str:
    """Return the one spelling of an address of this chain (bech32 in lower case).

    Raises InvalidInputError for a wrong checksum, another network or an unknown output type.
    """
    return address_of(script_of(text, chain, field=field), chain, field=field)


def script_of(address: str, chain: str, *, field: str = "address") -> bytes:
    """Return the output script an address pays to; raises InvalidInputError like canonical_address."""
    network = network_of(chain)
    if not isinstance(address, str) or not address.isascii() or not 0 < len(address) <= MAX_LENGTH:
        raise InvalidInputError("not an address", code="bad_address", field=field)
    prefix = address.lower().partition("1")[0]
    if prefix == network.hrp:
        return _witness_script(address, network, field=field)
    if prefix in {other.hrp for other in NETWORKS}:
        raise InvalidInputError("address of another network", code="wrong_network", field=field)
    return _legacy_script(address, network, field=field)


def address_of(script: bytes, chain: str, *, field: str = "script") -> str:
    """Return the address of an output script; raises InvalidInputError when it has none."""
    network = network_of(chain)
    if len(script) == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
        return str(base58.encode_check(bytes([network.p2pkh]) + script[3:23]))
    if len(script) == 23 and script[:2] == b"\xa9\x14" and script[22:] == b"\x87":
        return str(base58.encode_check(bytes([network.p2sh]) + script[2:22]))
    if script[:2] in (b"\x00\x14", b"\x00\x20") and len(script) == 2 + script[1]:
        return str(_encode(network.hrp, 0, script[2:]))
    if script[:2] == b"\x51\x20" and len(script) == 34:
        _check_taproot_key(script[2:], field=field)
        return str(_encode(network.hrp, 1, script[2:]))
    raise InvalidInputError("output script has no address", code="unknown_output_script", field=field)


def p2wsh_address(witness_script: bytes, chain: str) -> str:
    """Address that pays to a witness script."""
    return address_of(p2wsh_script(witness_script), chain)


def p2wpkh_address(public_key: bytes, chain: str, *, field: str = "public_key") -> str:
    """Address that pays to a compressed key; raises InvalidInputError for any other key."""
    return address_of(p2wpkh_script(public_key, field=field), chain)


def _witness_script(address: str, network: Network, *, field: str) -> bytes:
    version, program = _decode(network.hrp, address)
    if version is None:
        raise InvalidInputError("checksum or form is wrong", code="bad_address", field=field)
    if version == 0:
        return bytes([0, len(program), *program])
    if version == 1 and len(program) == 32:
        _check_taproot_key(bytes(program), field=field)
        return bytes([OP_1, 32, *program])
    raise InvalidInputError("witness version is not supported", code="unknown_output_script", field=field)


def _legacy_script(address: str, network: Network, *, field: str) -> bytes:
    try:
        data = base58.decode_check(address)
    except (ValueError, IndexError):
        raise InvalidInputError("checksum or form is wrong", code="bad_address", field=field) from None
    if len(data) != 21 or base58.encode_check(data) != address:
        raise InvalidInputError("checksum or form is wrong", code="bad_address", field=field)
    if data[0] == network.p2pkh:
        return b"\x76\xa9\x14" + bytes(data[1:]) + b"\x88\xac"
    if data[0] == network.p2sh:
        return b"\xa9\x14" + bytes(data[1:]) + b"\x87"
    raise InvalidInputError("address of another network", code="wrong_network", field=field)


def _check_taproot_key(x_only: bytes, *, field: str) -> None:
    """Coins sent to an x that is not on the curve are lost for ever (BIP341)."""
    try:
        PublicKey(b"\x02" + x_only)
    except ValueError:
        raise InvalidInputError("not a point of the curve", code="bad_address", field=field) from None

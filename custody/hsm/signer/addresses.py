"""The one address of a key on a chain: one line per CAIP-2 namespace."""

from collections.abc import Callable

from custody.chains.bitcoin.address import p2wpkh_address
from custody.chains.evm import address as evm

_ADDRESS: dict[str, Callable[[bytes, str], str]] = {
    "bip122": p2wpkh_address,
    "eip155": lambda public_key, chain: evm.address_of_key(public_key),
}


def address_of_key(public_key: str, chain: str) -> str:
    """Canonical address of a compressed key (hex) on a CAIP-2 chain that activations can name.

    Raises InvalidInputError for bytes that are no point of the curve.
    """
    return _ADDRESS[chain.partition(":")[0]](bytes.fromhex(public_key), chain)

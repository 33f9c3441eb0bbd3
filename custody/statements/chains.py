"""Checks that need to know a chain: one line per CAIP-2 namespace."""

from custody.chains.bitcoin.address import canonical_address
from custody.chains.evm.address import canonical_address as canonical_evm_address
from custody.common.errors import InvalidInputError
from custody.statements.codecs import BadFieldError

_CANONICAL = {"bip122": canonical_address, "eip155": canonical_evm_address}


def chain_of(asset: str) -> str:
    """CAIP-2 chain of a CAIP-19 asset."""
    return asset.partition("/")[0]


def check_address(address: str, *, chain: str, field: str) -> None:
    """Refuse an address of another chain, and any spelling but the canonical one."""
    if canonical_of(address, chain=chain, field=field) != address:
        raise BadFieldError("not the canonical spelling of the address", field=field)


def canonical_of(address: str, *, chain: str, field: str) -> str:
    """The canonical spelling of an address; raises InvalidInputError for one of another chain."""
    canonical = _CANONICAL.get(chain.partition(":")[0])
    if canonical is None:
        raise InvalidInputError("chain is not known", code="unknown_chain", field=field)
    return canonical(address, chain, field=field)

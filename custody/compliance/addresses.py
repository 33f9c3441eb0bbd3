"""Blockchain addresses to exact keys, per family of chains.

The key is compared across all chains of a list: whoever holds an Ethereum address holds it on
every EVM chain, and old Bitcoin and Bitcoin Cash addresses are the same characters. Base58 is
case-sensitive and stays untouched; hexadecimal and bech32 are not and become lower case.
"""

import re
from collections.abc import Callable, Mapping

from custody.common.errors import InvalidInputError

MAX_ADDRESS = 128

_PRINTABLE = re.compile(r"[!-~]+\Z")
_EVM = re.compile(r"0x[0-9a-f]{40}\Z", re.IGNORECASE)
_BECH32 = re.compile(r"(bc|tb|bcrt|ltc)1[ac-hj-np-z02-9]{6,}\Z", re.IGNORECASE)
_CASH = re.compile(r"(bitcoincash:)?([qp][ac-hj-np-z02-9]{41})\Z", re.IGNORECASE)


def bitcoin_key(address: str) -> str:
    """Key of a Bitcoin-like address: bech32 and cash addresses in lower case without prefix word."""
    if _BECH32.match(address):
        return _one_case(address)
    cash = _CASH.match(address)
    return _one_case(cash[2]) if cash else address


def evm_key(address: str) -> str:
    """Key of an EVM address: ``0x`` and 40 hexadecimal digits in lower case (EIP-55 only shows)."""
    return address.lower() if _EVM.match(address) else address


def listed_key(address: str) -> str:
    """Key of an address as a list gives it, whatever currency stands beside it."""
    text = _checked(address)
    return evm_key(bitcoin_key(text))


def _one_case(address: str) -> str:
    if address not in (address.lower(), address.upper()):
        raise InvalidInputError("mixed upper and lower case", code="bad_address", field="address")
    return address.lower()


def _checked(address: str) -> str:
    text = address.strip()
    if len(text) > MAX_ADDRESS or not _PRINTABLE.match(text):
        raise InvalidInputError("not an address", code="bad_address", field="address")
    return text


# A chain is named by the namespace of its CAIP-2 id or by the currency code of a list.
_FAMILIES: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(("bip122", "BTC", "XBT", "LTC", "BCH", "BSV", "BTG", "DASH", "ZEC", "XVG"), bitcoin_key),
    **dict.fromkeys(("eip155", "ETH", "ETC", "ARB", "BSC"), evm_key),
    **dict.fromkeys(("tron", "TRX", "solana", "SOL", "ripple", "XRP", "monero", "XMR"), str),
    **dict.fromkeys(("BNB", "USDT", "USDC"), listed_key),
}


def address_key(*, chain: str, address: str) -> str:
    """Return the exact key of an address on a chain (CAIP-2 id or currency code of a list).

    Raises InvalidInputError for an unknown chain or something that cannot be an address.
    """
    family = _FAMILIES.get(chain.partition(":")[0]) or _FAMILIES.get(chain.upper())
    if family is None:
        raise InvalidInputError("not a known chain", code="unknown_chain", field="chain")
    return family(_checked(address))

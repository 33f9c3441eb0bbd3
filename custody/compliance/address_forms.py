"""Can a text be an address of a chain at all? Checksums where a format carries one that we can compute.

Asked before a person is told "not listed": a slip of the pen is on no list. Screening of payments needs
it less, because their addresses were decoded before.
"""

import re
from collections.abc import Callable, Mapping

from embit import base58

from custody.chains.bitcoin.address import canonical_address
from custody.chains.bitcoin.networks import NETWORKS
from custody.common.errors import InvalidInputError
from custody.compliance.addresses import address_key

_EVM = re.compile(r"0x[0-9a-f]{40}\Z", re.IGNORECASE)
_SEGWIT_OR_CASH = re.compile(r"([a-z]{2,5}1|(bitcoincash:)?[qp])[ac-hj-np-z02-9]{38,60}\Z", re.IGNORECASE)
_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]{25,106}\Z")
_BITCOIN = {network.chain: network.chain for network in NETWORKS}
_BITCOIN |= dict.fromkeys(("BTC", "XBT"), NETWORKS[0].chain)


def check_address(*, chain: str, address: str) -> None:
    """Raise InvalidInputError for an unknown chain, or a text that is no address of ``chain``."""
    address_key(chain=chain, address=address)
    text = address.strip()
    bitcoin = _BITCOIN.get(chain) or _BITCOIN.get(chain.upper())
    if bitcoin:
        canonical_address(text, bitcoin)
    elif not _form_of(chain)(text):
        raise InvalidInputError(f"not an address of {chain}", code="bad_address", field="address")


def _is_evm(text: str) -> bool:
    return _EVM.match(text) is not None


def _is_bitcoin_like(text: str) -> bool:
    return _SEGWIT_OR_CASH.match(text) is not None or _has_checksum(text)


def _is_tron(text: str) -> bool:
    return text.startswith("T") and _has_checksum(text)


def _is_base58(text: str) -> bool:
    return _BASE58.match(text) is not None


def _is_any(text: str) -> bool:
    return _is_evm(text) or _is_bitcoin_like(text)


def _has_checksum(text: str) -> bool:
    try:
        base58.decode_check(text)
    except (ValueError, IndexError):
        return False
    return True


_FORMS: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(("eip155", "ETH", "ETC", "ARB", "BSC"), _is_evm),
    **dict.fromkeys(("tron", "TRX"), _is_tron),
    **dict.fromkeys(("solana", "SOL", "ripple", "XRP", "monero", "XMR"), _is_base58),
    **dict.fromkeys(("BNB", "USDT", "USDC"), _is_any),
}


def _form_of(chain: str) -> Callable[[str], bool]:
    """The test of a chain that ``address_key`` knows; all others are like Bitcoin."""
    return _FORMS.get(chain.partition(":")[0]) or _FORMS.get(chain.upper()) or _is_bitcoin_like

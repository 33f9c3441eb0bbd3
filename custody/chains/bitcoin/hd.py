"""HD accounts (BIP32, BIP84): the public keys, addresses and descriptor that follow from an account's xpub.

Pure and public: nothing here sees a private key. Children are ``0/index`` below the account, where
``0`` is the branch of receiving addresses. Relies on embit for the derivation.
"""

from functools import lru_cache

from embit.base import EmbitError
from embit.bip32 import HDKey
from embit.descriptor.checksum import add_checksum
from embit.networks import NETWORKS as EMBIT_NETWORKS

from custody.chains.bitcoin.address import p2wpkh_address
from custody.chains.bitcoin.networks import network_of
from custody.common.errors import InvalidInputError

PURPOSE = 84
RECEIVING = 0
# Wallets look this far beyond the last used address, and no further (BIP44).
GAP = 20
LARGEST_INDEX = 2**31 - 1


def account_path(chain: str, *, number: int = 0) -> str:
    """Origin of a hardened account, e.g. ``84h/1h/0h``; raises InvalidInputError for an unknown chain."""
    return f"{PURPOSE}h/{network_of(chain).coin_type}h/{number}h"


def version_of(chain: str) -> bytes:
    """The four bytes before an extended public key: xpub, and tpub on all test networks."""
    return bytes(EMBIT_NETWORKS["main" if network_of(chain).coin_type == 0 else "test"]["xpub"])


@lru_cache(maxsize=4096)
def child_key(xpub: str, index: int) -> bytes:
    """Compressed key of receiving address ``index``.

    Raises InvalidInputError for what is no xpub, and for a hardened index.
    """
    if not 0 <= index <= LARGEST_INDEX:
        raise InvalidInputError("not an index without hardening", code="bad_index", field="index")
    return bytes(_branch(xpub).child(index).sec())


def child_address(xpub: str, index: int, *, chain: str) -> str:
    """P2WPKH address ``index`` of an account."""
    return p2wpkh_address(child_key(xpub, index), chain)


def descriptor(xpub: str, *, fingerprint: str, path: str) -> str:
    """``wpkh([fingerprint/path]xpub/0/*)#checksum`` (BIP380, BIP382): all that watching the account needs."""
    return str(add_checksum(f"wpkh([{fingerprint}/{path}]{xpub}/{RECEIVING}/*)"))


@lru_cache(maxsize=64)
def _branch(xpub: str) -> HDKey:
    try:
        account = HDKey.from_base58(xpub)
    except (EmbitError, ValueError, IndexError):
        raise InvalidInputError("not an extended key", code="bad_xpub", field="xpub") from None
    if account.is_private:
        raise InvalidInputError("a private key is none to watch with", code="bad_xpub", field="xpub")
    return account.child(RECEIVING)

"""Derived keys (class DERIVED_IN_RAM): from an opened seed to an account, and to signatures of its children.

The seed comes as a bytearray and is overwritten by whoever opened it. Private keys on the way exist
as Python and libsecp256k1 objects for the length of a call and are dropped with it: Python cannot
overwrite them, so until the memory is used again they may stand in it. That is why the class is for
the hot tier only and is called software-derived. Relies on embit (BIP32) and coincurve (RFC 6979).
"""

from collections.abc import Iterable

from coincurve import PrivateKey
from embit.bip32 import HDKey

from custody.chains.bitcoin import hd
from custody.hsm.token.errors import TokenResultError
from custody.statements.key_account import KeyAccount


def account_of(seed: bytearray, *, chain: str) -> KeyAccount:
    """The public account of a seed on a chain: hardened, so that none of its children betrays the seed."""
    master, path = HDKey.from_seed(seed), hd.account_path(chain)
    account = master.derive(f"m/{path}")
    return KeyAccount(
        chain=chain,
        fingerprint=master.my_fingerprint.hex(),
        path=path,
        xpub=account.to_public(hd.version_of(chain)).to_base58(),
    )


def sign_children(
    seed: bytearray, *, account: KeyAccount, wanted: Iterable[tuple[int, bytes]]
) -> list[bytes]:
    """Sign each (child, 32-byte digest): r || s, low S, by the nonce of RFC 6979.

    Raises TokenResultError when the seed is not the one the account was made from.
    """
    if account_of(seed, chain=account.chain) != account:
        raise TokenResultError("the seed does not lead to the account of its key")
    branch = HDKey.from_seed(seed).derive(f"m/{account.path}/{hd.RECEIVING}")
    return [_sign(branch, child, digest) for child, digest in wanted]


def _sign(branch: HDKey, child: int, digest: bytes) -> bytes:
    if len(digest) != 32:
        raise ValueError("only 32-byte digests are signed")
    return PrivateKey(branch.child(child).secret).sign_recoverable(digest, hasher=None)[:64]

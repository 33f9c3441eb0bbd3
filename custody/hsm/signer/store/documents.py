"""Documents of the store, decoded once: rows never change, and decoding is pure."""

from functools import lru_cache

from custody.common import canonical
from custody.statements.key_account import KeyAccount
from custody.statements.one_time import OneTime
from custody.statements.terms import Terms


@lru_cache(maxsize=256)
def terms_from(data: bytes) -> Terms:
    """Decode registered terms."""
    return Terms.from_bytes(data)


@lru_cache(maxsize=256)
def account_from(data: bytes) -> KeyAccount:
    """Decode the account of a derived key."""
    return KeyAccount.read(canonical.decode(data))


@lru_cache(maxsize=1024)
def one_time_from(data: bytes) -> OneTime:
    """Decode the bindings of a one-time key."""
    return OneTime.read(canonical.decode(data))

"""Documents of the store, decoded once: rows never change, and decoding is pure."""

from functools import lru_cache

from custody.statements.terms import Terms


@lru_cache(maxsize=256)
def terms_from(data: bytes) -> Terms:
    """Decode registered terms."""
    return Terms.from_bytes(data)

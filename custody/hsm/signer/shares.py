"""Shares of the wrapping key's backup on paper (SLIP-39): so many holders of so many can bring it back.

The words are shown and typed at the signer's console alone (trust.md 15, 22).
"""

from collections.abc import Sequence

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from custody.common.errors import InvalidInputError

KEY_BYTES = 32
MAX_HOLDERS = 16
LEAST_THRESHOLD = 2


def split(secret: bytes, *, threshold: int, holders: int) -> list[str]:
    """One share of 33 words for each holder; any ``threshold`` of them give the secret.

    Raises InvalidInputError unless 2 <= threshold <= holders <= 16: a share that opens alone is a copy.
    """
    if not LEAST_THRESHOLD <= threshold <= holders <= MAX_HOLDERS:
        raise InvalidInputError("2 to all of at most 16 holders", code="bad_threshold", field="threshold")
    (shares,) = generate_mnemonics(1, [(threshold, holders)], secret)
    return [str(share) for share in shares]


def combine(shares: Sequence[str]) -> bytes:
    """The secret; raises InvalidInputError for too few shares, mistyped words, and shares of other keys."""
    try:
        secret = bytes(combine_mnemonics([written(share) for share in shares]))
    except MnemonicError as error:
        raise InvalidInputError(f"the shares do not fit: {error}", code="bad_share") from None
    if len(secret) != KEY_BYTES:
        raise InvalidInputError("the shares are of something else", code="bad_share")
    return secret


def written(share: str) -> str:
    """A share in its one written form."""
    return " ".join(share.lower().split())

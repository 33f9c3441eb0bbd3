"""A credential as eight words that people compare by voice (formats section 3, BIP39 word list)."""

from embit.wordlists.bip39 import WORDLIST

from custody.common.canonical import tagged_hash

FORMAT = "custody/fingerprint/v1"
WORDS = 8
WORD_BITS = 11


def fingerprint(public_key: bytes) -> str:
    """Eight English words for the first 88 bits of the tagged hash of the key's bytes."""
    bits = int.from_bytes(tagged_hash(FORMAT, public_key)[: WORDS * WORD_BITS // 8], "big")
    shifts = range((WORDS - 1) * WORD_BITS, -1, -WORD_BITS)
    return " ".join(WORDLIST[bits >> shift & 0x7FF] for shift in shifts)

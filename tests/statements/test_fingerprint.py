"""Eight words, computed a second way: BIP39 sentence of the same 88 bits, cut into elevens."""

from embit.wordlists.bip39 import WORDLIST

from custody.common.canonical import tagged_hash
from custody.statements.fingerprint import fingerprint
from tests.statements.vectors import load

KEY = bytes.fromhex(load("statement_ed25519")["proof"]["credential"])


def test_is_eight_words_for_the_first_88_bits() -> None:
    bits = "".join(f"{byte:08b}" for byte in tagged_hash("custody/fingerprint/v1", KEY)[:11])
    words = [WORDLIST[int(bits[start : start + 11], 2)] for start in range(0, 88, 11)]
    assert fingerprint(KEY) == " ".join(words) == "love diagram require black cigar amateur wing name"


def test_another_key_has_other_words() -> None:
    assert fingerprint(KEY) != fingerprint(KEY[:-1] + bytes([KEY[-1] ^ 1]))

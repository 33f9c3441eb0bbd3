"""Names to exact keys: two spellings that differ only in case, accents, punctuation or word order meet.

Pure text work on Unicode's own tables. Scripts are kept as they are: a Cyrillic name meets the
Cyrillic alias of a list, not its Latin transliteration. ``explain`` gives each step, so that
a test or an examiner sees why two names are held to be equal.
"""

import unicodedata
from dataclasses import dataclass

from custody.common.errors import InvalidInputError

MAX_NAME = 1_000

# Letters that Unicode does not decompose although readers write them with a plain letter.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
# Marks inside a word vanish; all other punctuation separates words.
_JOINING = frozenset("'\u2019\u2018\u02bc\u02bb\u0060\u00b4\u2032.")


@dataclass(frozen=True)
class NameSteps:
    """How a name became its key: as written, folded, as sorted words."""

    written: str
    folded: str
    words: tuple[str, ...]

    @property
    def key(self) -> str:
        """The exact key: the words in alphabetical order, one space between them."""
        return " ".join(self.words)


def name_key(text: str) -> str:
    """Return the exact key of a name; raises InvalidInputError like ``explain``."""
    return explain(text).key


def explain(text: str) -> NameSteps:
    """Return the steps from a name to its key.

    Raises InvalidInputError when the name has no letter or digit, or is longer than MAX_NAME.
    """
    if len(text) > MAX_NAME:
        raise InvalidInputError(f"name is longer than {MAX_NAME} characters", code="bad_name", field="name")
    folded = _fold(text)
    words = tuple(sorted("".join(_spaced(character) for character in folded).split()))
    if not words:
        raise InvalidInputError("name has no letter and no digit", code="bad_name", field="name")
    return NameSteps(written=text, folded=folded, words=words)


def _fold(text: str) -> str:
    """Compatibility forms joined, case folded, accents dropped (NFKC, casefold, NFKD without marks)."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    marked = unicodedata.normalize("NFKD", plain)
    bare = "".join(character for character in marked if unicodedata.category(character) != "Mn")
    # Composed again, or Korean syllables would stay apart as single letters.
    return unicodedata.normalize("NFC", bare)


def _spaced(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] in "LN" or category == "Mc":
        return character
    return "" if character in _JOINING or category == "Cf" else " "

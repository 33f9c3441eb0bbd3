"""Fragments of miniscript and how one follows from another: types and properties of BIP379.

``base`` is B, V, K or W. Properties: z o n take no, one, a nonzero stack element; d can be
dissatisfied; u leaves exactly 1; e has one way to be dissatisfied, f none without a signature,
s needs a signature, m cannot be malleated. Of time locks: g h relative by time, by height;
i j absolute by time, by height; k does not mix the two in one path. The letters, and the rule of
each fragment, are those of the tables of BIP379.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from custody.common.errors import InvalidInputError

LOCKS = "ghij"
MIXES = (("g", "h"), ("h", "g"), ("i", "j"), ("j", "i"))
TIME_FLAG = 1 << 22
TIME_FROM = 500_000_000


@dataclass(frozen=True, slots=True)
class Fragment:
    """An expression: type, properties, text, who may sign, and a bound of its witness elements.

    ``signers`` are 33-byte keys, or 20-byte hashes of keys (``pkh``).
    """

    base: str
    has: frozenset[str]
    body: str
    wrappers: str = ""
    signers: tuple[bytes, ...] = ()
    elements: int = 0

    @property
    def text(self) -> str:
        return f"{self.wrappers}:{self.body}" if self.wrappers else self.body

    def is_a(self, bases: str, properties: str = "") -> bool:
        """True when the type is one of ``bases`` and every property is there."""
        return self.base in bases and self.has.issuperset(properties)

    def kept(self, properties: str) -> frozenset[str]:
        """The properties of this fragment among the given ones."""
        return self.has.intersection(properties)


def demand(condition: bool) -> None:
    """Raise InvalidInputError unless the type rule holds."""
    if not condition:
        raise InvalidInputError("not a miniscript")


def all_of(properties: str, fragments: Iterable[Fragment]) -> frozenset[str]:
    """The given properties that every fragment has."""
    return frozenset(properties).intersection(*(item.has for item in fragments))


def any_of(properties: str, fragments: Iterable[Fragment]) -> frozenset[str]:
    """The given properties that at least one fragment has."""
    return frozenset(properties).intersection(frozenset().union(*(item.has for item in fragments)))


def given(properties: str, condition: bool) -> frozenset[str]:
    """The properties when the condition holds, else none."""
    return frozenset(properties if condition else "")


def locks_of_either(*fragments: Fragment) -> frozenset[str]:
    """Time locks of alternatives: they never meet in one path."""
    return any_of(LOCKS, fragments) | all_of("k", fragments)


def locks_of_both(x: Fragment, y: Fragment) -> frozenset[str]:
    """Time locks of parts that hold together: a height and a time cannot both be in one locktime."""
    mixed = any(one in x.has and other in y.has for one, other in MIXES)
    return any_of(LOCKS, (x, y)) | given("k", not mixed and "k" in x.has & y.has)


def key(public_key: bytes) -> Fragment:
    """``pk_k(key)``"""
    return Fragment("K", frozenset("onudemsk"), f"pk_k({public_key.hex()})", "", (public_key,), 1)


def key_hash(digest: bytes) -> Fragment:
    """``pk_h(key)``, of which only the hash is known."""
    return Fragment("K", frozenset("nudemsk"), f"pk_h({digest.hex()})", "", (digest,), 2)


def constant(value: int) -> Fragment:
    """``0`` or ``1``"""
    demand(value in (0, 1))
    return Fragment("B", frozenset("zufmk" if value else "zudemsk"), str(value))


def older(number: int) -> Fragment:
    """``older(n)``: relative lock by time or height (BIP68)."""
    demand(1 <= number < 1 << 31)
    return Fragment("B", frozenset("zfmk" + ("g" if number & TIME_FLAG else "h")), f"older({number})")


def after(number: int) -> Fragment:
    """``after(n)``: absolute lock by time or height (BIP65)."""
    demand(1 <= number < 1 << 31)
    return Fragment("B", frozenset("zfmk" + ("i" if number >= TIME_FROM else "j")), f"after({number})")


def hash_lock(name: str, digest: bytes) -> Fragment:
    """``sha256(h)`` and its kin"""
    return Fragment("B", frozenset("onudmk"), f"{name}({digest.hex()})", elements=1)


def multi(required: int, keys: tuple[bytes, ...]) -> Fragment:
    """``multi(k,key,…)``"""
    demand(1 <= required <= len(keys) <= 20)
    text = ",".join([str(required), *(item.hex() for item in keys)])
    return Fragment("B", frozenset("nudemsk"), f"multi({text})", "", keys, required + 1)


def wrap(letter: str, x: Fragment) -> Fragment:
    """The fragment in one of the wrappers a s c d v j n."""
    base, properties = _WRAPPERS[letter](x)
    elements = x.elements + (letter == "d")
    locks = x.kept(LOCKS + "k")
    if letter == "c" and x.body.startswith("pk_") and not x.wrappers:
        # c:pk_k(key) is always written pk(key), and c:pk_h(key) as pkh(key).
        body, wrappers = x.body.replace("_k", "", 1).replace("_h", "h", 1), ""
    else:
        body, wrappers = x.body, letter + x.wrappers
    return Fragment(base, properties | locks, body, wrappers, x.signers, elements)


Typed = tuple[str, frozenset[str]]


def _a(x: Fragment) -> Typed:
    demand(x.is_a("B"))
    return "W", x.kept("udfems")


def _s(x: Fragment) -> Typed:
    demand(x.is_a("B", "o"))
    return "W", x.kept("udfems")


def _c(x: Fragment) -> Typed:
    demand(x.is_a("K"))
    return "B", x.kept("ondfem") | given("us", True)


def _d(x: Fragment) -> Typed:
    demand(x.is_a("V", "z"))
    return "B", x.kept("ms") | given("ond", True) | given("e", "f" in x.has)


def _v(x: Fragment) -> Typed:
    demand(x.is_a("B"))
    return "V", x.kept("zonms") | given("f", True)


def _j(x: Fragment) -> Typed:
    demand(x.is_a("B", "n"))
    return "B", x.kept("oums") | given("nd", True) | given("e", "f" in x.has)


def _n(x: Fragment) -> Typed:
    demand(x.is_a("B"))
    return "B", x.kept("zondfems") | given("u", True)


_WRAPPERS = {"a": _a, "s": _s, "c": _c, "d": _d, "v": _v, "j": _j, "n": _n}

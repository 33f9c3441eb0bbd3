"""Fragments that join others: and, or, if-then-else, thresholds (rules and letters of BIP379)."""

from collections.abc import Sequence

from custody.chains.bitcoin.miniscript.fragments import (
    Fragment,
    all_of,
    any_of,
    demand,
    given,
    locks_of_both,
    locks_of_either,
)


def and_v(x: Fragment, y: Fragment) -> Fragment:
    """``and_v(X,Y)``; with the constant 1 it is written ``t:X``."""
    demand(x.is_a("V") and y.is_a("BKV"))
    properties = _one(x, y) | all_of("mz", (x, y)) | any_of("s", (x, y)) | y.kept("u")
    properties |= x.kept("n") | (y.kept("n") if "z" in x.has else frozenset())
    properties |= given("f", "f" in y.has or "s" in x.has) | locks_of_both(x, y)
    if y.text == "1":
        return Fragment(y.base, properties, x.body, "t" + x.wrappers, x.signers, x.elements)
    return _joined("and_v", (x, y), y.base, properties)


def and_b(x: Fragment, y: Fragment) -> Fragment:
    """``and_b(X,Y)``"""
    demand(x.is_a("B") and y.is_a("W"))
    properties = _one(x, y) | all_of("dzm", (x, y)) | any_of("s", (x, y)) | given("u", True)
    properties |= x.kept("n") | (y.kept("n") if "z" in x.has else frozenset())
    properties |= given("e", all_of("es", (x, y)) == {"e", "s"})
    forced = "f" in x.has & y.has or x.has.issuperset("sf") or y.has.issuperset("sf")
    return _joined("and_b", (x, y), "B", properties | given("f", forced) | locks_of_both(x, y))


def or_b(x: Fragment, y: Fragment) -> Fragment:
    """``or_b(X,Z)``"""
    demand(x.is_a("B", "d") and y.is_a("W", "d"))
    firm = "e" in x.has & y.has and "s" in x.has | y.has
    properties = _one(x, y) | all_of("zse", (x, y)) | given("du", True)
    properties |= given("m", firm and "m" in x.has & y.has) | locks_of_either(x, y)
    return _joined("or_b", (x, y), "B", properties)


def or_c(x: Fragment, y: Fragment) -> Fragment:
    """``or_c(X,Z)``"""
    demand(x.is_a("B", "du") and y.is_a("V"))
    return _joined("or_c", (x, y), "V", _guarded(x, y) | given("f", True))


def or_d(x: Fragment, y: Fragment) -> Fragment:
    """``or_d(X,Z)``"""
    demand(x.is_a("B", "du") and y.is_a("B"))
    return _joined("or_d", (x, y), "B", _guarded(x, y) | y.kept("ufde"))


def or_i(x: Fragment, y: Fragment) -> Fragment:
    """``or_i(X,Z)``; with the constant 0 it is written ``l:Z`` or ``u:X``."""
    demand(x.base == y.base and x.is_a("BKV"))
    properties = all_of("ufs", (x, y)) | any_of("d", (x, y)) | given("o", "z" in x.has & y.has)
    properties |= given("e", ("e" in x.has and "f" in y.has) or ("f" in x.has and "e" in y.has))
    properties |= given("m", "m" in x.has & y.has and "s" in x.has | y.has) | locks_of_either(x, y)
    for letter, zero, other in (("l", x, y), ("u", y, x)):
        if zero.text == "0":
            wrappers = letter + other.wrappers
            return Fragment(x.base, properties, other.body, wrappers, other.signers, other.elements + 1)
    return _joined("or_i", (x, y), x.base, properties, extra=1)


def andor(x: Fragment, y: Fragment, z: Fragment) -> Fragment:
    """``andor(X,Y,Z)``; with the constant 0 as Z it is written ``and_n(X,Y)``."""
    demand(x.is_a("B", "du") and y.base == z.base and y.is_a("BKV"))
    every = (x, y, z)
    either = all_of("oz", (y, z))
    properties = all_of("z", every) | all_of("u", (y, z)) | z.kept("d")
    properties |= given("o", ("o" in x.has and "z" in either) or ("z" in x.has and "o" in either))
    properties |= z.kept("fe") if "s" in x.has or "f" in y.has else frozenset()
    properties |= given("m", "m" in all_of("m", every) and "e" in x.has and "s" in any_of("s", every))
    properties |= given("s", "s" in z.has and "s" in x.has | y.has)
    properties |= any_of("ghij", every) | given("k", "k" in z.has and "k" in locks_of_both(x, y))
    if z.text == "0":
        return _joined("and_n", (x, y), y.base, properties)
    return _joined("andor", every, y.base, properties)


def thresh(required: int, parts: Sequence[Fragment]) -> Fragment:
    """``thresh(k,X,…)``"""
    count = len(parts)
    demand(1 <= required <= count)
    for place, part in enumerate(parts):
        demand(part.is_a("W" if place else "B", "du"))
    signed = sum("s" in part.has for part in parts)
    taken = sum(0 if "z" in part.has else 1 if "o" in part.has else 2 for part in parts)
    one_way = "e" in all_of("e", parts)
    properties = given("du", True) | given("z", taken == 0) | given("o", taken == 1)
    properties |= given("e", one_way and signed == count)
    properties |= given("m", one_way and "m" in all_of("m", parts) and signed >= count - required)
    properties |= given("s", signed > count - required) | _threshold_locks(required, parts)
    return _joined("thresh", parts, "B", properties, first=str(required))


def _threshold_locks(required: int, parts: Sequence[Fragment]) -> frozenset[str]:
    if required == 1:
        return locks_of_either(*parts)
    met = Fragment("B", frozenset("k"), "")
    for part in parts:
        met = Fragment("B", locks_of_both(met, part), "")
    return met.has


def _one(x: Fragment, y: Fragment) -> frozenset[str]:
    """One stack element is taken when one part takes it and the other takes none."""
    return given("o", ("o" in x.has and "z" in y.has) or ("z" in x.has and "o" in y.has))


def _guarded(x: Fragment, y: Fragment) -> frozenset[str]:
    """What or_c and or_d share: Z is run only when X was dissatisfied."""
    properties = all_of("zs", (x, y)) | given("o", "o" in x.has and "z" in y.has)
    firm = "e" in x.has and "m" in x.has & y.has and "s" in x.has | y.has
    return properties | given("m", firm) | locks_of_either(x, y)


def _joined(
    name: str,
    parts: Sequence[Fragment],
    base: str,
    properties: frozenset[str],
    *,
    first: str = "",
    extra: int = 0,
) -> Fragment:
    body = ",".join([first] * bool(first) + [part.text for part in parts])
    signers = tuple(signer for part in parts for signer in part.signers)
    elements = sum(part.elements for part in parts) + extra
    return Fragment(base, properties, f"{name}({body})", "", signers, elements)

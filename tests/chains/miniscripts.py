"""Expressions of miniscript as text, sane and not, and the scripts embit compiles them to."""

from io import BytesIO

from embit.descriptor.miniscript import Miniscript as EmbitMiniscript
from embit.hashes import hash160
from hypothesis import strategies as st

from tests.harness.bitcoin import public_key

KEYS = [public_key(f"signer {index}").hex() for index in range(40)]
KEY_OF_HASH = {bytes(hash160(bytes.fromhex(key))).hex(): key for key in KEYS}
HASH, SHORT_HASH = "ab" * 32, "cd" * 20
# Heights and times on both sides of the limits that tell them apart.
NUMBERS = [1, 16, 17, 144, 65_535, 4_194_304, 4_194_305, 499_999_999, 500_000_000, 2**31 - 1]

keys = st.sampled_from(KEYS)
numbers = st.sampled_from(NUMBERS)
LEAVES: dict[str, st.SearchStrategy[str]] = {
    "K": st.one_of(keys.map("pk_k({})".format), keys.map("pk_h({})".format)),
    "B": st.one_of(
        keys.map("pk({})".format),
        keys.map("pkh({})".format),
        numbers.map("older({})".format),
        numbers.map("after({})".format),
        st.sampled_from([f"sha256({HASH})", f"hash256({HASH})"]),
        st.sampled_from([f"ripemd160({SHORT_HASH})", f"hash160({SHORT_HASH})"]),
        st.lists(keys, min_size=1, max_size=4, unique=True).flatmap(
            lambda some: st.integers(1, len(some)).map(lambda k: f"multi({','.join([str(k), *some])})")
        ),
    ),
    "V": keys.map("v:pk({})".format),
    "W": st.one_of(keys.map("s:pk({})".format), keys.map("a:pkh({})".format)),
}
# Fragment and the types of its arguments, by the type it makes.
JOINS: dict[str, list[tuple[str, str]]] = {
    "B": [
        ("and_v", "VB"),
        ("and_b", "BW"),
        ("or_b", "BW"),
        ("or_d", "BB"),
        ("or_i", "BB"),
        ("andor", "BBB"),
        ("and_n", "BB"),
        ("thresh", "B"),
        ("thresh", "BW"),
        ("thresh", "BWW"),
        ("c:", "K"),
        ("d:", "V"),
        ("j:", "B"),
        ("n:", "B"),
        ("l:", "B"),
        ("u:", "B"),
        ("t:", "V"),
    ],
    "V": [("v:", "B"), ("or_c", "BV"), ("and_v", "VV"), ("or_i", "VV"), ("andor", "BVV")],
    "K": [("and_v", "VK"), ("or_i", "KK"), ("andor", "BKK")],
    "W": [("s:", "B"), ("a:", "B")],
}


@st.composite
def expressions(draw: st.DrawFn, base: str = "B", depth: int = 3) -> str:
    """Basic types fit; properties, locks and keys are left to chance."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(LEAVES[base])
    name, types = draw(st.sampled_from(JOINS[base]))
    parts = [draw(expressions(kind, depth - 1)) for kind in types]
    if name.endswith(":"):
        return wrapped(name, parts[0])
    if name == "thresh":
        parts.insert(0, str(draw(st.integers(1, len(parts)))))
    return f"{name}({','.join(parts)})"


def wrapped(name: str, inner: str) -> str:
    """Wrappers are written together: ``s:`` around ``v:X`` is ``sv:X``."""
    letters, colon, rest = inner.partition(":")
    return f"{name[0]}{inner}" if colon and "(" not in letters else f"{name}{inner}"


def compiled(text: str) -> bytes:
    """The witness script; embit checks no types here. It knows no constants but inside wrappers."""
    return bytes(EmbitMiniscript.read_from(BytesIO(text.encode())).compile())


def with_keys(text: str) -> str:
    """The text with the key in place of each hash of a ``pkh``, as a descriptor needs it."""
    for digest, key in KEY_OF_HASH.items():
        text = text.replace(digest, key)
    return text

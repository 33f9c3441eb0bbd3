"""Canonical bytes: one spelling per value, everything else refused with its place."""

import unicodedata
from typing import Any

import pytest
import rfc8785
from embit.hashes import tagged_hash as embit_tagged_hash
from hypothesis import given
from hypothesis import strategies as st

from custody.common import canonical
from custody.common.canonical import MAX_DEPTH, MAX_DOCUMENT, NotCanonicalError

BIDIRECTIONAL = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
keys = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
texts = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), max_size=20)
unicode_texts = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=BIDIRECTIONAL)).map(
    lambda text: unicodedata.normalize("NFC", text)
)
scalars = st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_reads_back_what_it_wrote(value: Any) -> None:
    data = canonical.encode(value)
    assert canonical.decode(data) == value
    assert canonical.encode(canonical.decode(data)) == data


@given(st.dictionaries(keys, values | unicode_texts, max_size=6))
def test_writes_what_the_reference_library_writes(value: Any) -> None:
    assert canonical.encode(value) == rfc8785.dumps(value)


def test_writes_text_in_utf8_and_escapes_only_what_it_must() -> None:
    assert canonical.encode({"a": 'ä€😀"\\/'}) == '{"a":"ä€😀\\"\\\\/"}'.encode()


NOT_CANONICAL: dict[str, tuple[object, str]] = {
    "null": ({"a": None}, "/a"),
    "float": ({"a": [1.0]}, "/a/0"),
    "not a number": ({"a": float("nan")}, "/a"),
    "a large integer": ({"a": 2**53}, "/a"),
    "a large negative integer": ({"a": -(2**53)}, "/a"),
    "a capital in a key": ({"a": {"B": 1}}, "/a"),
    "a digit before a key": ({"1a": 1}, ""),
    "a key that is no text": ({1: 1}, ""),
    "an empty key": ({"": 1}, ""),
    "a newline behind a key": ({"a\n": 1}, ""),
    "bytes": ({"a": b"x"}, "/a"),
    "a tuple": ({"a": (1,)}, "/a"),
    "a control character": ({"a": "x\n"}, "/a"),
    "a right-to-left override": ({"a": "x\u202ey"}, "/a"),
    "a left-to-right isolate": ({"a": "\u2066"}, "/a"),
    "a lone surrogate": ({"a": "\ud800"}, "/a"),
    "text that is not in NFC": ({"a": "a\u0308"}, "/a"),
}


@pytest.mark.parametrize(("value", "field"), NOT_CANONICAL.values(), ids=NOT_CANONICAL.keys())
def test_refuses_to_write(value: object, field: str) -> None:
    with pytest.raises(NotCanonicalError) as caught:
        canonical.encode(value)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"nul",
        b"null",
        b"NaN",
        b"Infinity",
        b"1.0",
        b"1e2",
        b"-0",
        b"01",
        b"9007199254740992",
        b"1" * 5000,
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\\u0061"}',
        b'{"a":"\\/"}',
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"a":1}{"a":1}',
        b"[" * 60_000,
    ],
    ids=lambda data: repr(data[:24]),
)
def test_refuses_to_read(data: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        canonical.decode(data)


@pytest.mark.parametrize("data", [b"1.0", b'{"a":[1e2]}'])
def test_says_that_floating_point_is_not_allowed(data: bytes) -> None:
    with pytest.raises(NotCanonicalError, match="floating point"):
        canonical.decode(data)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_nests_up_to_the_limit() -> None:
    assert canonical.decode(canonical.encode(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    with pytest.raises(NotCanonicalError, match="nested deeper"):
        canonical.encode(nested(MAX_DEPTH + 1))


def test_is_as_long_as_the_limit_allows() -> None:
    longest = "x" * (MAX_DOCUMENT - 2)
    data = canonical.encode(longest)
    assert len(data) == MAX_DOCUMENT
    assert canonical.decode(data) == longest
    with pytest.raises(NotCanonicalError, match="longer than"):
        canonical.encode(longest + "x")
    with pytest.raises(NotCanonicalError, match="longer than"):
        canonical.decode(b" " * (MAX_DOCUMENT + 1))
    assert canonical.decode(canonical.encode(longest + "x", limit=MAX_DOCUMENT + 1), limit=MAX_DOCUMENT + 1)


@given(st.text(max_size=20), st.binary(max_size=40))
def test_tagged_hash_agrees_with_another_implementation(tag: str, data: bytes) -> None:
    assert canonical.tagged_hash(tag, data) == embit_tagged_hash(tag, data)

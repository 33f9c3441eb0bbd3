"""Values in their one written form, and the machine that reads forms by their annotations."""

from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.statements.codecs import Base64, Codec, Flag, IdCodec, Items, OneOf, Table, TimeCodec, Whole
from custody.statements.fields import Amount, Count, SetOf, Text
from custody.statements.form import By, Document, Form
from tests.statements.refusing import refused

REFUSED: list[tuple[Codec, list[object]]] = [
    (Whole(), [-1, 2**53, True, "1", 1.0, None]),
    (Whole(1), [0]),
    (Flag(), [0, 1, "true", None]),
    (OneOf(("A", "B")), ["C", "", "a", 1, None, ["A"]]),
    (IdCodec("per"), ["int_01KAJ8R0000000000000000001", "per_81KAJ8R0000000000000000001", "per_", 1]),
    (IdCodec(), ["xyz_01KAJ8R0000000000000000001", "", 1]),
    (Base64(), ["", "YQ", "YQ=", "YR==", "Y_==", "YQ==\n", " YQ==", 1]),
    (Base64(url_safe=True), ["", "YQ==", "YR", "Y", "Y+", "YQ\n", 1]),
    (TimeCodec(), ["2026-1-01T00:00:00Z", "2026-01-01t00:00:00z", "2026-13-01T00:00:00Z", 0]),
    (Table(Whole()), [[], "x", {"a": "x"}]),
    (Items(Whole(), least=1), [[], "x", {}, ["x"]]),
    (Items(Whole(), as_set=True), [[2, 1], [1, 1]]),
]


@pytest.mark.parametrize(
    ("codec", "value"),
    [(codec, value) for codec, values in REFUSED for value in values],
    ids=lambda item: repr(item)[:40],
)
def test_refuses(codec: Codec, value: object) -> None:
    with pytest.raises(InvalidInputError) as caught:
        codec.read(value, "/here")
    assert (caught.value.field or "").startswith("/here")


@given(st.binary(min_size=1, max_size=64), st.booleans())
def test_every_byte_string_has_one_base64_spelling(data: bytes, url_safe: bool) -> None:
    text = urlsafe_b64encode(data).decode().rstrip("=") if url_safe else b64encode(data).decode()
    assert Base64(url_safe=url_safe).read(text, "") == text


@dataclass(frozen=True, kw_only=True)
class Circle(Form):
    kind: Literal["circle"] = "circle"
    radius: Amount


@dataclass(frozen=True, kw_only=True)
class Square(Form):
    kind: Literal["square"] = "square"
    side: Amount
    note: Text | None = None


@dataclass(frozen=True, kw_only=True)
class Drawing(Document):
    FORMAT = "custody/drawing/v1"

    from_: Count
    shapes: SetOf[Annotated[Circle | Square, By("kind")]]


shapes = st.lists(
    st.builds(Circle, radius=st.integers(0, 10**78 - 1))
    | st.builds(Square, side=st.integers(0, 10**78 - 1), note=st.none() | st.just("ünïcode €")),
    max_size=5,
    unique=True,
)


@given(st.integers(0, 2**53 - 1), shapes)
def test_reads_back_what_it_wrote(start: int, items: list[Circle | Square]) -> None:
    drawing = Drawing(from_=start, shapes=tuple(items))
    read = Drawing.from_bytes(drawing.to_bytes())
    assert (read.from_, set(read.shapes)) == (start, set(items))
    assert read.to_bytes() == drawing.to_bytes()
    assert read.hash == drawing.hash


@given(st.permutations([Circle(radius=1), Circle(radius=10), Square(side=1)]))
def test_the_order_in_which_a_set_was_built_changes_nothing(items: list[Circle | Square]) -> None:
    first = Drawing(from_=0, shapes=(Square(side=1), Circle(radius=10), Circle(radius=1)))
    assert Drawing(from_=0, shapes=tuple(items)).hash == first.hash


def test_a_trailing_underscore_keeps_clear_of_keywords() -> None:
    assert Drawing(from_=3, shapes=()).to_json() == {"format": "custody/drawing/v1", "from": 3, "shapes": []}


def test_absent_fields_are_left_out() -> None:
    assert Square(side=1).to_json() == {"kind": "square", "side": "1"}
    with refused("/note"):
        Square.read({"kind": "square", "side": "1", "note": None})


@pytest.mark.parametrize(
    ("shape", "place"),
    [
        ({"kind": "triangle"}, "/shapes/0/kind"),
        ({"radius": "1"}, "/shapes/0/kind"),
        ({"kind": "circle", "side": "1"}, "/shapes/0/side"),
        ({"kind": "circle"}, "/shapes/0/radius"),
        ("circle", "/shapes/0"),
    ],
)
def test_a_tag_decides_which_form_is_read(shape: Any, place: str) -> None:
    with refused(place):
        Drawing.from_json({"format": "custody/drawing/v1", "from": 0, "shapes": [shape]})


def test_refuses_values_without_canonical_bytes() -> None:
    with refused("/at/from", "not_canonical"):
        Drawing.from_json({"format": "custody/drawing/v1", "from": 0.5, "shapes": []}, pointer="/at")


def test_refuses_a_document_above_its_limit() -> None:
    items = [{"kind": "circle", "radius": str(number)} for number in range(3000)]
    text = canonical.encode(sorted(items, key=lambda item: canonical.encode(item)), limit=10**6)
    data = b'{"format":"custody/drawing/v1","from":0,"shapes":' + text + b"}"
    assert len(data) > canonical.MAX_DOCUMENT
    with refused("", "not_canonical"):
        Drawing.from_bytes(data)


def test_a_field_without_a_written_form_is_a_programming_error() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Plain(Form):
        name: str

    @dataclass(frozen=True, kw_only=True)
    class Marked(Form):
        name: Annotated[str, "a name"]

    for form in (Plain, Marked):
        with pytest.raises(TypeError, match="no codec"):
            form.read({"name": "x"})


def test_a_union_without_a_mark_is_a_programming_error() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Unmarked(Form):
        shape: Circle | Square

    with pytest.raises(TypeError, match="needs By"):
        Unmarked.read({"shape": {}})

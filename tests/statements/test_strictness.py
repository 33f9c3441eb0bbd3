"""What every format refuses, tried on one valid document of each."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from custody.common.errors import InvalidInputError
from custody.statements.form import Document
from tests.statements.examples import DOCUMENTS

every_document = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
# Objects whose fields belong to another reader, and the pointer that may be empty.
OPEN_PLACES = {"/body", "/entries/0/body", "/culprit"}


def places(value: object, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """All values inside a JSON value with their pointers, the value itself first."""
    yield pointer, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, f"{pointer}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, f"{pointer}/{index}")


def changed(document: Document, pointer: str, value: object) -> Any:
    """A copy of the document's JSON with another value at the pointer."""
    result = json.loads(document.to_bytes())
    *path, last = pointer.split("/")[1:]
    target = result
    for step in path:
        target = target[int(step) if isinstance(target, list) else step]
    target[int(last) if isinstance(target, list) else last] = value
    return result


def is_open(document: Document, pointer: str) -> bool:
    free = OPEN_PLACES if document.FORMAT != "custody/trust/v1" else set()
    return any(pointer == place or pointer.startswith(f"{place}/") for place in free)


def outcome(document: Document, value: object) -> str | None:
    """The hash of what was read, or the place at which it was refused."""
    try:
        return type(document).from_json(value).hash
    except InvalidInputError as error:
        return error.field


def refused_at(document: Document, value: object) -> str | None:
    with pytest.raises(InvalidInputError) as caught:
        type(document).from_json(value)
    return caught.value.field


@every_document
def test_reads_back_what_it_wrote(document: Document) -> None:
    assert type(document).from_bytes(document.to_bytes()) == document
    assert type(document).from_json(document.to_json()) == document


@every_document
def test_refuses_an_unknown_field_in_every_object(document: Document) -> None:
    for pointer, value in places(document.to_json()):
        if isinstance(value, dict) and not is_open(document, pointer):
            place = f"{pointer}/zz_unknown"
            assert refused_at(document, changed(document, place, "x")) == place


@every_document
@pytest.mark.parametrize("wrong", [None, 1.5, float("nan"), "", [[]], {"x": {}}], ids=str)
def test_refuses_a_wrong_value_in_every_place(document: Document, wrong: object) -> None:
    for pointer, _ in places(document.to_json()):
        if pointer and not (
            is_open(document, pointer) and wrong is not None and not isinstance(wrong, float)
        ):
            assert (refused_at(document, changed(document, pointer, wrong)) or "").startswith(pointer)


@every_document
def test_refuses_a_missing_field_or_is_another_document(document: Document) -> None:
    for key in document.to_json():
        value = {name: item for name, item in document.to_json().items() if name != key}
        assert outcome(document, value) not in {None, document.hash}


@every_document
def test_refuses_a_double_field(document: Document) -> None:
    data = document.to_bytes()
    double = data[:-1] + b',"format":"' + document.FORMAT.encode() + b'"}'
    with pytest.raises(InvalidInputError, match="duplicate key"):
        type(document).from_bytes(double)


@every_document
def test_refuses_every_other_spelling(document: Document) -> None:
    data = document.to_bytes()
    spellings = [b" " + data, data + b"\n", data[:1] + b" " + data[1:], b"\xef\xbb\xbf" + data, data[:-1]]
    spellings.append(json.dumps(json.loads(data), separators=(", ", ": ")).encode())
    spellings.append(data.replace(b'"format"', b'"\\u0066ormat"', 1))
    for spelling in spellings:
        with pytest.raises(InvalidInputError):
            type(document).from_bytes(spelling)


@every_document
def test_every_changed_byte_is_refused_or_another_document(document: Document) -> None:
    data = document.to_bytes()
    for position in range(len(data)):
        other = bytearray(data)
        other[position] ^= 0x01
        try:
            assert type(document).from_bytes(bytes(other)).hash != document.hash
        except InvalidInputError:
            continue


@every_document
def test_refuses_another_format(document: Document) -> None:
    assert refused_at(document, document.to_json() | {"format": "custody/intent/v2"}) == "/format"


@every_document
def test_points_from_where_the_document_stands(document: Document) -> None:
    with pytest.raises(InvalidInputError) as caught:
        type(document).from_json({}, pointer="/outer/3")
    assert caught.value.field == "/outer/3/format"
    with pytest.raises(InvalidInputError) as caught:
        type(document).from_json({"format": None}, pointer="/outer/3")
    assert caught.value.field == "/outer/3/format"

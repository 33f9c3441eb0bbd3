"""Every field that a subject can have, found in its form, with the codec that reads it."""

from collections.abc import Iterator, Sequence

from custody.statements.codecs import AnyObject, Codec, Items, Table
from custody.statements.display import SUBJECTS
from custody.statements.form import Document, Form, _Carried, _Chosen, _Nested, _Tagged
from custody.statements.trust.document import TYPES

Field = tuple[str, Codec | None]


def fields_of(form: type[Form]) -> list[Field]:
    """Pointers of a form as the display table writes them."""
    return list(_of_form(form, ""))


def fields(format_: str, type_: str | None = None) -> list[Field]:
    """Pointers of a subject; of a trust document with the body of ``type_``."""
    found = fields_of(SUBJECTS[format_])
    return found + list(_of_form(TYPES[type_][1], "/body")) if type_ else found


def cases() -> list[tuple[str, str | None]]:
    """Every subject, each type of trust document by itself."""
    return [case for name in SUBJECTS for case in _cases_of(name)]


def _cases_of(format_: str) -> list[tuple[str, str | None]]:
    return [(format_, name) for name in TYPES] if format_ == "custody/trust/v1" else [(format_, None)]


def _of_form(form: type[Form], pointer: str) -> Iterator[Field]:
    if issubclass(form, Document):
        yield f"{pointer}/format", None
    for spec in form._specs().values():
        yield from _of_codec(spec.codec, f"{pointer}/{spec.key}")


def kinds_of(form: type[Form]) -> dict[str, dict[str, list[Field]]]:
    """Lists whose items say their ``kind``: pointer of the items, kind, the fields of that kind alone."""
    return dict(_kinds(_Nested(form), ""))


def _kinds(codec: Codec, pointer: str) -> Iterator[tuple[str, dict[str, list[Field]]]]:
    match codec:
        case _Nested():
            for spec in codec.form._specs().values():
                yield from _kinds(spec.codec, f"{pointer}/{spec.key}")
        case Items():
            yield from _kinds(codec.item, f"{pointer}/*")
        case _Tagged(tag="kind"):
            yield pointer, {kind: list(_of_form(form, pointer)) for kind, form in codec.forms.items()}


def _of_codec(codec: Codec, pointer: str) -> Iterator[Field]:
    match codec:
        case _Nested():
            yield from _of_form(codec.form, pointer)
        case _Tagged() | _Carried():
            for form in codec.forms.values():
                yield from _of_form(form, pointer)
        case Items():
            yield from _of_codec(codec.item, f"{pointer}/*")
        case AnyObject() | Table():
            yield f"{pointer}/**", codec
        case _Chosen():
            return
        case _:
            yield pointer, codec


def present(value: object, pointer: str = "") -> Iterator[str]:
    """Pointers of the values of a document as the display table writes them."""
    match value:
        case dict() if value:
            for key, item in value.items():
                yield from present(item, f"{pointer}/{key}")
        case list() if value:
            for item in value:
                yield from present(item, f"{pointer}/*")
        case _:
            yield pointer


def absent(wanted: list[Field], documents: Sequence[object]) -> list[str]:
    """Fields that none of the documents has."""
    found = {pointer for document in documents for pointer in present(document)}
    return [
        field
        for field, _ in wanted
        if not any(f"{pointer}/".startswith(f"{field.removesuffix('/**')}/") for pointer in found)
    ]

"""Forms: frozen dataclasses that read and write themselves by their own annotations.

``Form`` is an object inside a document, ``Document`` one with ``format`` that is hashed on its
own. Reading is strict: a field that is unknown, missing or not in its one written form is
refused with its JSON pointer; an optional field (``| None``) is left out when absent. Rules
between fields stand in ``__post_init__`` with pointers relative to the form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Self, Union, get_args, get_origin, get_type_hints

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.statements.codecs import BadFieldError, Codec, Flag, Items, OneOf, Table, placed, under


class Form:
    """A JSON object with a fixed set of fields; subclasses are frozen keyword-only dataclasses."""

    @classmethod
    def read(cls, value: object, pointer: str = "") -> Self:
        """Build the form from a JSON object; raises InvalidInputError naming the place at fault."""
        if not isinstance(value, dict):
            raise BadFieldError("not an object", field=pointer)
        entries = cls._entries(value, pointer)
        specs = cls._specs()
        _refuse_unknown(entries, specs, pointer)
        # As the dataclass's own frozen __init__ does it, at a third of its price.
        form = object.__new__(cls)
        form.__dict__.update(_read_fields(specs, entries, pointer))
        try:
            form.__post_init__()
            return form
        except InvalidInputError as error:
            raise placed(error, pointer) from None

    def __post_init__(self) -> None:
        """Rules between fields; raises InvalidInputError."""

    def to_json(self) -> dict[str, Any]:
        """The JSON object; sets come out sorted, absent fields are left out."""
        return {
            key: spec.codec.write(value)
            for key, spec in self._specs().items()
            if (value := getattr(self, spec.attribute)) is not None
        }

    @classmethod
    def _entries(cls, value: dict[str, Any], pointer: str) -> dict[str, Any]:
        return value

    @classmethod
    def _specs(cls) -> dict[str, "_Spec"]:
        return _specs_of(cls)  # type: ignore[arg-type]  # mypy hashes an instance, not the class


class Document(Form):
    """A form that is hashed, stored or signed on its own; the hash tag is its ``format``."""

    FORMAT: ClassVar[str]
    LIMIT: ClassVar[int] = canonical.MAX_DOCUMENT

    @classmethod
    def from_json(cls, value: object, *, pointer: str = "") -> Self:
        """Read a JSON value; raises InvalidInputError, also for values without canonical bytes."""
        with under(pointer):
            canonical.encode(value, limit=cls.LIMIT)
        return cls.read(value, pointer)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read canonical bytes; raises InvalidInputError for any other spelling."""
        return cls.read(canonical.decode(data, limit=cls.LIMIT))

    def to_json(self) -> dict[str, Any]:
        return {"format": self.FORMAT, **super().to_json()}

    def to_bytes(self) -> bytes:
        """Canonical bytes, at most ``LIMIT`` long."""
        return self._bytes

    @cached_property
    def hash(self) -> str:
        """Tagged hash over the canonical bytes, 64 hex digits."""
        return canonical.tagged_hash(self.FORMAT, self._bytes).hex()

    @cached_property
    def _bytes(self) -> bytes:
        return canonical.encode(self.to_json(), limit=self.LIMIT)

    @classmethod
    def _entries(cls, value: dict[str, Any], pointer: str) -> dict[str, Any]:
        if value.get("format") != cls.FORMAT:
            raise BadFieldError(f"format is not {cls.FORMAT}", field=f"{pointer}/format")
        return {key: entry for key, entry in value.items() if key != "format"}


@dataclass(frozen=True)
class Many:
    """Marks a tuple as list: ``least`` entries or more; ``as_set`` when their order means nothing."""

    as_set: bool = False
    least: int = 0


@dataclass(frozen=True)
class By:
    """Marks a union of forms: the field ``tag`` inside the object says which one it is."""

    tag: str


@dataclass(frozen=True)
class ByFormat:
    """Marks a union of carriers: the ``format`` of what stands in their field ``part`` says which one."""

    part: str


@dataclass(frozen=True, eq=False)
class BySibling:
    """Marks a field whose form is named by the field ``sibling`` beside it."""

    sibling: str
    forms: Mapping[str, type[Form]]


@dataclass(frozen=True)
class _Nested:
    form: type[Form]

    def read(self, value: object, pointer: str) -> Form:
        return self.form.read(value, pointer)

    def write(self, value: Form) -> dict[str, Any]:
        return value.to_json()


@dataclass(frozen=True)
class _Tagged:
    tag: str
    forms: Mapping[str, type[Form]]

    def read(self, value: object, pointer: str) -> Form:
        if not isinstance(value, dict):
            raise BadFieldError("not an object", field=pointer)
        name = OneOf(tuple(self.forms)).read(value.get(self.tag), f"{pointer}/{self.tag}")
        return self.forms[name].read(value, pointer)

    def write(self, value: Form) -> dict[str, Any]:
        return value.to_json()


@dataclass(frozen=True)
class _Carried:
    part: str
    forms: Mapping[str, type[Form]]

    def read(self, value: object, pointer: str) -> Form:
        inner = value.get(self.part) if isinstance(value, dict) else None
        if not isinstance(inner, dict):
            raise BadFieldError("not an object", field=f"{pointer}/{self.part}")
        name = OneOf(tuple(self.forms)).read(inner.get("format"), f"{pointer}/{self.part}/format")
        return self.forms[name].read(value, pointer)

    def write(self, value: Form) -> dict[str, Any]:
        return value.to_json()


@dataclass(frozen=True)
class _Chosen:
    sibling: str
    forms: Mapping[str, type[Form]]

    def read(self, value: object, pointer: str) -> Form:
        raise BadFieldError(f"has no form for this {self.sibling}", field=pointer)

    def write(self, value: Form) -> dict[str, Any]:
        return value.to_json()

    def beside(self, entries: Mapping[str, Any]) -> Codec:
        """The codec that the sibling names; one that refuses when there is none."""
        form = self.forms.get(str(entries.get(self.sibling)))
        return _Nested(form) if form else self


@dataclass(frozen=True)
class _Spec:
    attribute: str
    key: str
    codec: Codec
    optional: bool


@cache
def _specs_of(cls: type[Form]) -> dict[str, _Spec]:
    hints = get_type_hints(cls, include_extras=True)
    specs = (_spec(field.name, hints[field.name]) for field in fields(cls))  # type: ignore[arg-type]
    return {spec.key: spec for spec in specs}


def _spec(name: str, hint: object) -> _Spec:
    members = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    present = [member for member in members if member is not NoneType]
    if len(present) != 1:
        raise TypeError(f"{name}: a union of forms needs By")
    # ``from`` and the like are Python keywords: the attribute carries an underscore behind.
    return _Spec(name, name.rstrip("_"), _codec(present[0]), optional=len(present) < len(members))


def _codec(hint: object) -> Codec:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _marked(arguments[0], arguments[-1])
    if origin is Literal:
        return OneOf(arguments)
    if origin is dict:
        return Table(_codec(arguments[1]))
    if hint is bool:
        return Flag()
    if isinstance(hint, type) and issubclass(hint, Form):
        return _Nested(hint)
    raise TypeError(f"no codec for {hint}")


def _marked(hint: object, mark: object) -> Codec:
    if isinstance(mark, Many):
        return Items(_codec(get_args(hint)[0]), as_set=mark.as_set, least=mark.least)
    if isinstance(mark, By):
        return _Tagged(mark.tag, {_tag_value(form, mark.tag): form for form in get_args(hint) or (hint,)})
    if isinstance(mark, ByFormat):
        forms = {get_type_hints(form)[mark.part].FORMAT: form for form in get_args(hint)}
        return _Carried(mark.part, forms)
    if isinstance(mark, BySibling):
        return _Chosen(mark.sibling, mark.forms)
    if isinstance(mark, Codec):
        return mark
    raise TypeError(f"no codec in {mark}")


def _tag_value(form: type[Form], tag: str) -> str:
    if issubclass(form, Document):
        return form.FORMAT
    (value,) = get_args(get_type_hints(form)[tag])
    return str(value)


def _refuse_unknown(entries: dict[str, Any], specs: dict[str, _Spec], pointer: str) -> None:
    if not entries.keys() <= specs.keys():
        raise BadFieldError("unknown field", field=f"{pointer}/{min(entries.keys() - specs.keys())}")


def _read_fields(specs: dict[str, _Spec], entries: dict[str, Any], pointer: str) -> dict[str, object]:
    values = {}
    for key, spec in specs.items():
        if key in entries:
            codec = spec.codec.beside(entries) if type(spec.codec) is _Chosen else spec.codec
            values[spec.attribute] = codec.read(entries[key], f"{pointer}/{key}")
        elif spec.optional:
            values[spec.attribute] = None
        else:
            raise BadFieldError("field is missing", field=f"{pointer}/{key}")
    return values

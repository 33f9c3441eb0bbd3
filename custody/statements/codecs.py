"""How one value of a document is read from JSON and written back.

Each codec refuses whatever is not the one written form of formats section 0 and names the place
by JSON pointer. Relies on ``custody.common`` only.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

from custody.common import canonical, clock, ids, money
from custody.common.errors import InvalidInputError


class BadFieldError(InvalidInputError):
    """A field is missing, unknown or not in its one written form; ``field`` is a JSON pointer."""

    code = "bad_field"


@contextmanager
def under(pointer: str) -> Iterator[None]:
    """Put ``pointer`` before the field of whatever is refused inside."""
    try:
        yield
    except InvalidInputError as error:
        raise placed(error, pointer) from None


def placed(error: InvalidInputError, pointer: str) -> InvalidInputError:
    """The same refusal with ``pointer`` before its field."""
    return error.at(f"{pointer}{error.field or ''}")


@runtime_checkable
class Codec(Protocol):
    """Reads JSON into a Python value or raises InvalidInputError; writes what it has read."""

    def read(self, value: object, pointer: str) -> Any: ...  # noqa: ANN401

    def write(self, value: Any) -> Any: ...  # noqa: ANN401


@dataclass(frozen=True)
class Pattern:
    """A string that matches ``regex`` completely."""

    noun: str
    regex: str

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.regex)

    def read(self, value: object, pointer: str) -> str:
        if not isinstance(value, str) or not self._compiled.fullmatch(value):
            raise BadFieldError(f"not {self.noun}", field=pointer)
        return value

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class IdCodec:
    """An id with this prefix; without one, any prefix that the product knows."""

    prefix: str | None = None

    def read(self, value: object, pointer: str) -> str:
        if not isinstance(value, str):
            raise BadFieldError("not an id", field=pointer)
        prefix = self.prefix or value.partition("_")[0]
        if prefix not in ids.PREFIXES:
            raise BadFieldError("not an id", field=pointer)
        return ids.check_id(value, prefix, field=pointer)

    def write(self, value: str) -> str:
        return value


class AmountCodec:
    """Base units: int in Python, decimal string in JSON."""

    def read(self, value: object, pointer: str) -> int:
        return money.parse_amount(value, field=pointer)

    def write(self, value: int) -> str:
        return money.write_amount(value)


class TimeCodec:
    """UTC to the second: aware datetime in Python."""

    def read(self, value: object, pointer: str) -> datetime:
        try:
            return clock.read_time(value if isinstance(value, str) else "")
        except ValueError:
            raise BadFieldError("not a time YYYY-MM-DDThh:mm:ssZ", field=pointer) from None

    def write(self, value: datetime) -> str:
        return clock.write_time(value)


@dataclass(frozen=True)
class Whole:
    """An integer from ``least`` up to 2^53 - 1; a boolean is none."""

    least: int = 0

    def read(self, value: object, pointer: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not self.least <= value < 2**53:
            raise BadFieldError(f"not an integer from {self.least}", field=pointer)
        return value

    def write(self, value: int) -> int:
        return value


class Flag:
    """true or false."""

    def read(self, value: object, pointer: str) -> bool:
        if not isinstance(value, bool):
            raise BadFieldError("neither true nor false", field=pointer)
        return value

    def write(self, value: bool) -> bool:
        return value


@dataclass(frozen=True)
class OneOf:
    """A closed enumeration of strings."""

    values: tuple[str, ...]

    def read(self, value: object, pointer: str) -> str:
        if not isinstance(value, str) or value not in self.values:
            raise BadFieldError(f"not one of {', '.join(self.values)}", field=pointer)
        return value

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class Base64:
    """Base64 text of at least one byte in its only spelling: padded, or URL-safe without padding."""

    url_safe: bool = False

    def read(self, value: object, pointer: str) -> str:
        if not isinstance(value, str) or not value or self._respell(value) != value:
            raise BadFieldError("not canonical base64", field=pointer)
        return value

    def write(self, value: str) -> str:
        return value

    def _respell(self, value: str) -> str | None:
        try:
            data = base64.b64decode(
                value + "=" * (-len(value) % 4) if self.url_safe else value,
                altchars=b"-_" if self.url_safe else None,
                validate=True,
            )
        except ValueError:
            return None
        if self.url_safe:
            return base64.urlsafe_b64encode(data).decode().rstrip("=")
        return base64.b64encode(data).decode()


class AnyObject:
    """A JSON object whose fields another reader checks; canonical all the same."""

    def read(self, value: object, pointer: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise BadFieldError("not an object", field=pointer)
        return value

    def write(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return dict(value)


@dataclass(frozen=True)
class Table:
    """An object that maps free keys to values of one form."""

    item: Codec

    def read(self, value: object, pointer: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise BadFieldError("not an object", field=pointer)
        return {key: self.item.read(entry, f"{pointer}/{key}") for key, entry in value.items()}

    def write(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self.item.write(entry) for key, entry in value.items()}


@dataclass(frozen=True)
class Items:
    """A list, a tuple in Python; ``as_set`` means sorted by canonical bytes and free of doubles."""

    item: Codec
    as_set: bool = False
    least: int = 0

    def read(self, value: object, pointer: str) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) < self.least:
            raise BadFieldError(f"not a list of at least {self.least}", field=pointer)
        items = tuple(self.item.read(entry, f"{pointer}/{index}") for index, entry in enumerate(value))
        if self.as_set and sorted_set(value) != value:
            raise BadFieldError("not sorted and free of doubles", field=pointer)
        return items

    def write(self, value: tuple[Any, ...]) -> list[Any]:
        written = [self.item.write(entry) for entry in value]
        return sorted_set(written) if self.as_set else written


def sorted_set(items: list[Any]) -> list[Any]:
    """Sorted by canonical bytes and free of doubles."""
    spelled = {canonical.spell(item): item for item in items}
    return [spelled[data] for data in sorted(spelled)]

"""From the bytes of a subject to the text a person reads, every field of it, and its hash.

The bytes are untrusted. They are decoded by the form of their format, which refuses whatever is
not canonical or not in the form; what is shown comes from the decoded bytes themselves, and a
value that no row of the display table shows makes the whole rendering fail.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.statements.codecs import OneOf
from custody.statements.critical import Critical
from custody.statements.decision import Decision
from custody.statements.display import table
from custody.statements.display.attested import Attested
from custody.statements.display.formatters import FORMATTERS, Cell, grouped
from custody.statements.display.table import Language, Row
from custody.statements.form import Document
from custody.statements.intent import Intent
from custody.statements.policy import Policy
from custody.statements.release import Release
from custody.statements.trust import TrustDocument

_FORMS: tuple[type[Document], ...] = (Intent, TrustDocument, Policy, Decision, Release, Critical)
SUBJECTS: Mapping[str, type[Document]] = {form.FORMAT: form for form in _FORMS}
INDENT = "  "
Steps = tuple[str, ...]


class NotShownError(InvalidInputError):
    """A value of the document has no row in the display table; ``field`` points to it."""

    code = "not_shown"


@dataclass(frozen=True)
class Shown:
    """A decoded subject and its text; what is signed is ``document.hash``."""

    document: Document
    text: str


def show(subject: bytes, *, language: Language, attested: Attested | None = None) -> Shown:
    """Render the canonical bytes of a subject, ending with one line for its hash.

    Raises InvalidInputError for bytes that are no subject and NotShownError for a field without a row.
    """
    value = canonical.decode(subject)
    if not isinstance(value, dict):
        raise InvalidInputError("not an object", field="")
    format_ = OneOf(tuple(SUBJECTS)).read(value.get("format"), "/format")
    document = SUBJECTS[format_].from_bytes(subject)
    page = _Page(value, language, attested or Attested())
    lines = [table.title(format_, language), *page.lines(table.rows_of(format_, value.get("type")))]
    if page.has_amounts:
        lines.append(table.phrase("no_price", language))
    lines.append(f"{table.phrase('hash', language)}: {grouped(document.hash)}")
    return Shown(document, "\n".join(lines) + "\n")


def show_carried(name: str, value: dict[str, Any], *, language: Language) -> list[str]:
    """Lines of what is carried beside subjects and signed by nobody; raises NotShownError like ``show``."""
    rows = table.carried_rows(name)
    if rows is None:
        raise NotShownError(f"nothing says how {name} is shown", field="")
    return _Page(value, language, Attested()).lines(rows)


@dataclass(frozen=True)
class _Spot:
    """Where a row stands: steps to its value, or to what holds its values, and the items it is in."""

    row: Row
    members: Sequence[Row]
    indices: Steps

    @property
    def many(self) -> str:
        """``*`` for the items of a list, ``**`` for whatever lies below, else nothing."""
        last = self.row.field.rpartition("/")[2]
        return last if last in {"*", "**"} else ""

    @property
    def steps(self) -> Steps:
        return _steps(self.row.field.removesuffix(f"/{self.many}"), self.indices)


@dataclass
class _Page:
    """One rendering: rows are turned into lines, and every value is ticked off."""

    value: dict[str, Any]
    language: Language
    attested: Attested
    has_amounts: bool = False
    shown: set[Steps] = field(default_factory=set)

    def lines(self, rows: Sequence[Row]) -> list[str]:
        """All lines; raises NotShownError for a value that none of them shows."""
        found = list(self._block(rows, ()))
        for steps, _ in _leaves(self.value, ()):
            if steps not in self.shown:
                raise NotShownError("no row shows this field", field="/" + "/".join(steps))
        return found

    def _block(self, rows: Sequence[Row], indices: Steps) -> Iterator[str]:
        """Lines of ``rows``; their first ``*`` stand for the ``indices``."""
        position = 0
        while position < len(rows):
            members = _members(rows[position], rows[position + 1 :])
            yield from self._row(_Spot(rows[position], members, indices))
            position += 1 + len(members)

    def _row(self, spot: _Spot) -> Iterator[str]:
        value = _find(self.value, spot.steps)
        if value is None:
            yield from self._absent(spot)
        elif spot.many and not value:
            yield self._line(spot, self._phrase("none"))
        elif spot.many == "**":
            yield from self._below(spot, value)
        elif spot.many:
            yield from self._items(spot, value)
        else:
            yield self._line(spot, self._text(spot, value))

    def _absent(self, spot: _Spot) -> Iterator[str]:
        """What it means that the object around the field is there without it."""
        around = spot.steps[:-1]
        if spot.row.absent and _find(self.value, around) is not None:
            self.shown.add(around)
            yield f"{self._label(spot)}: {spot.row.absent[self.language]}"

    def _below(self, spot: _Spot, value: object) -> Iterator[str]:
        for steps, leaf in _leaves(value, ()):
            shown = self._phrase("none") if leaf in ({}, []) else self._text(spot, leaf)
            yield self._line(spot, shown, *steps)

    def _items(self, spot: _Spot, items: list[Any]) -> Iterator[str]:
        for index, item in enumerate(items):
            inner = (*spot.indices, str(index))
            if spot.row.formatter == "list":
                yield f"{self._label(spot)} {self._text(spot, (index + 1, len(items)))}"
                members = [row for row in spot.members if row.kind in {None, item.get("kind")}]
                yield from (f"{INDENT}{line}" for line in self._block(members, inner))
            else:
                self.shown.add((*spot.steps, str(index)))
                yield f"{self._label(spot)}: {self._text(spot, item)}"

    def _line(self, spot: _Spot, shown: str, *below: str) -> str:
        self.shown.add((*spot.steps, *below))
        return f"{' '.join((self._label(spot), *below))}: {shown}"

    def _text(self, spot: _Spot, value: object) -> str:
        row = spot.row
        self.has_amounts |= row.formatter == "amount"
        of = _find(self.value, _steps(row.of, spot.indices)) if row.of else None
        return FORMATTERS[row.formatter](Cell(value, row, self.language, self.attested, of))

    def _label(self, spot: _Spot) -> str:
        return spot.row.label[self.language]

    def _phrase(self, name: str) -> str:
        return table.phrase(name, self.language)


def _members(row: Row, following: Sequence[Row]) -> Sequence[Row]:
    """The rows that are repeated for each item of a ``list`` row: those about its items' fields."""
    if row.formatter != "list":
        return ()
    return tuple(takewhile(lambda other: other.field.startswith(f"{row.field}/"), following))


def _steps(pointer: str, indices: Steps) -> Steps:
    """The parts of a pointer, its first ``*`` replaced by the indices."""
    remaining = iter(indices)
    return tuple(next(remaining, step) if step == "*" else step for step in pointer.split("/")[1:])


def _find(value: Any, steps: Steps) -> Any:  # noqa: ANN401 - any JSON value
    """The value at these steps; None, which no document contains, where there is none."""
    for step in steps:
        value = value[int(step)] if isinstance(value, list) else value.get(step)
        if value is None:
            return None
    return value


def _leaves(value: object, steps: Steps) -> Iterator[tuple[Steps, object]]:
    """Every value that holds no other, in canonical order, with the steps to it."""
    match value:
        case dict() if value:
            for key in sorted(value):
                yield from _leaves(value[key], (*steps, key))
        case list() if value:
            for index, item in enumerate(value):
                yield from _leaves(item, (*steps, str(index)))
        case _:
            yield steps, value

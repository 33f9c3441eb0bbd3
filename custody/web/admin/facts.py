"""What a record page shows: sections of facts or tables, made of values from custody.web.show."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from custody.web.show import Text


@dataclass(frozen=True)
class Fact:
    """A name and its value."""

    name: Text
    value: object


@dataclass(frozen=True)
class Section:
    """Facts under one title, or a table when ``columns`` are given; rows have one cell each.

    ``content`` takes the whole width below them.
    """

    title: Text
    facts: Sequence[Fact] = ()
    columns: Sequence[Text] = ()
    rows: Sequence[Sequence[object]] = ()
    note: Text = ""
    content: SafeString = SafeString("")

    @property
    def cells(self) -> list[list[tuple[Text, object]]]:
        """Rows with each cell's column beside it; narrow screens show them one below the other."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]

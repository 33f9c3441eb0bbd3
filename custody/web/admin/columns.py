"""Columns and filters of lists under names people know, in their language.

A model's field name would head them otherwise. Choices show their labels, times and dates the
form of custody.web.show.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin import FieldListFilter
from django.db.models import Model

from custody.web import show
from custody.web.show import Text


def column(field: str, title: Text) -> Callable[[Any, Model], object]:
    """A sortable column with the value of ``field``."""

    @admin.display(description=title, ordering=field)  # type: ignore[arg-type]
    def shown(_page: object, record: Model) -> object:
        label = getattr(record, f"get_{field}_display", None)
        return _shown(label() if label else getattr(record, field))

    return shown


def titled(title: Text) -> type[FieldListFilter]:
    """For ``list_filter``: the filter Django takes for a field, under ``title``."""

    class Titled(FieldListFilter):
        def __new__(cls, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - Django's factory
            made = FieldListFilter.create(*arguments, **named)
            made.title = title  # type: ignore[assignment]
            return made

    return Titled


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return show.moment(value)
    return show.day(value) if isinstance(value, date) else value

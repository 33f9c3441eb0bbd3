"""What is due, collected from all packages: each registers sources in its own ``worklist`` module.

A source belongs to one admin page and lists rows: what is to be done, since when, by whom, and
where. A row that this person may not act on (the second of four eyes, another role) says why; it
is shown, but not counted as theirs. Relies on the permissions of the admin page the source names.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from custody.common import clock
from custody.web.show import Text

LIMIT = 100  # rows of one source; who has more than that waiting opens the list itself


@dataclass(frozen=True)
class Row:
    """One thing to do. ``blocked`` is empty when the person who looks may do it."""

    what: str
    about: str
    since: datetime
    url: str
    who: str
    blocked: str = ""


Rows = Callable[[Any, datetime], Iterable[Row]]


@dataclass(frozen=True)
class Source:
    """Rows of one kind. ``page`` is the model label whose admin page they open, as "app.Model"."""

    page: str
    title: Text
    right: str
    rows: Rows


@dataclass(frozen=True)
class Section:
    """A source with its rows for one person now."""

    source: Source
    rows: tuple[Row, ...]

    @property
    def mine(self) -> int:
        """Number of rows that this person may act on."""
        return sum(not row.blocked for row in self.rows)


_sources: list[Source] = []


def register(source: Source) -> None:
    """Add a source; twice is once."""
    if source not in _sources:
        _sources.append(source)


def due(request: HttpRequest) -> list[Section]:
    """Return the sections this person may see, empty ones left out; computed once per request."""
    cached: list[Section] | None = getattr(request, "_worklist", None)
    if cached is None:
        cached = _collect(request)
        request._worklist = cached  # type: ignore[attr-defined]
    return cached


def mine(request: HttpRequest) -> dict[str, int]:
    """Return how many rows of each page this person may act on, pages without any left out."""
    counts: dict[str, int] = {}
    for section in due(request):
        counts[section.source.page] = counts.get(section.source.page, 0) + section.mine
    return {page: count for page, count in counts.items() if count}


def _collect(request: HttpRequest) -> list[Section]:
    user = request.user
    if not isinstance(user, AbstractBaseUser):
        return []
    now = clock.now()
    sections = [
        Section(source, tuple(source.rows(user, now))[:LIMIT])
        for source in _sources
        if _may_see(user, source)
    ]
    # What this person may act on comes first; the order of registration within.
    return sorted((section for section in sections if section.rows), key=lambda section: section.mine == 0)


def _may_see(user: AbstractBaseUser, source: Source) -> bool:
    application = source.page.partition(".")[0]
    return bool(user.has_perm(f"{application}.{source.right}"))  # type: ignore[attr-defined]

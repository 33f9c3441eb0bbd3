"""What a report is: a frozen record in the catalogue, one file per report below ``definitions``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custody.reports.periods import Month


@dataclass(frozen=True)
class Scope:
    """What one run is about: a month or a case; ``at`` is the moment of its data."""

    at: datetime
    month: Month | None = None
    subject: str = ""


@dataclass(frozen=True)
class Cases:
    """The cases a report can be about; ``latest`` is "" when there is none."""

    latest: Callable[[], str]
    exists: Callable[[str], bool]


@dataclass(frozen=True)
class Definition:
    """One kind of report: about cases, or monthly from its month ``first`` on.

    ``collect`` reads selectors and returns the sections as plain JSON; the template shows exactly
    these. For months before ``first`` the schedule makes no report; by hand one can be asked for.
    """

    number: str
    title: str
    schema: str
    norms: tuple[str, ...]
    collect: Callable[[Scope], dict[str, Any]]
    cases: Cases | None = None
    first: Month | None = None

    def __post_init__(self) -> None:
        if (self.cases is None) == (self.first is None):
            raise ValueError("a report is about cases, or monthly from a first month on")

    @property
    def template(self) -> str:
        return f"{self.number.lower()}.html"

"""Reporting periods: calendar months of Europe/Berlin, written ``2026-10``. Pure.

The month is local because the law counts in local days; its limits are kept in UTC.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from custody.common.errors import InvalidInputError

BERLIN = ZoneInfo("Europe/Berlin")
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])\Z")


@dataclass(frozen=True, order=True)
class Month:
    """One calendar month."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def start(self) -> datetime:
        """First moment that belongs to the month."""
        return datetime(self.year, self.month, 1, tzinfo=BERLIN)

    @property
    def end(self) -> datetime:
        """First moment that no longer belongs to it."""
        return self.next().start

    def next(self) -> "Month":
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def previous(self) -> "Month":
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    def is_complete(self, at: datetime) -> bool:
        """True when the month lies wholly before ``at``."""
        return self.end <= at


def month_of(at: datetime) -> Month:
    """Return the month that contains ``at``."""
    local = at.astimezone(BERLIN)
    return Month(local.year, local.month)


def last_complete_month(at: datetime) -> Month:
    """Return the newest month that is over at ``at``."""
    return month_of(at).previous()


def parse_month(text: str, *, at: datetime) -> Month:
    """Read ``2026-10`` or ``latest`` (the last complete month); a future month is refused."""
    if text == "latest":
        return last_complete_month(at)
    match = _MONTH.match(text)
    if not match:
        raise InvalidInputError("period is not a month like 2026-10", code="bad_period", field="period")
    month = Month(int(match[1]), int(match[2]))
    if month.start > at:
        raise InvalidInputError("period has not begun", code="bad_period", field="period")
    return month

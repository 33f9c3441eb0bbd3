"""Which monthly reports are due: every complete month since record and report began, each exactly once.

There is no list of past dates to keep: what is due follows from the calendar and from the runs
there are, so downtime, a double start or two schedulers change nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from custody.audit.selectors import first_entry_at
from custody.reports import selectors
from custody.reports.catalogue import MONTHLY
from custody.reports.models import ReportRun
from custody.reports.periods import Month, last_complete_month, month_of
from custody.reports.services import request_report

SHOWN_MONTHS = 6
# After a longer downtime older months are requested by hand.
MAX_MONTHS = 24


def request_due(*, at: datetime) -> int:
    """Request the scheduled runs that are missing; return how many."""
    missing = [
        (report, month)
        for report in MONTHLY
        for month in due_months(report, at=at)
        if not selectors.is_requested(report, month)
    ]
    for report, month in missing:
        request_report(actor="system:beat", report=report, about=str(month), at=at, is_scheduled=True)
    return len(missing)


@dataclass(frozen=True)
class Scheduled:
    """One monthly report of one month; ``run`` is None while it is only due."""

    report: str
    month: Month
    run: ReportRun | None


def overview(*, at: datetime) -> list[Scheduled]:
    """Return the newest months of the schedule with their runs, newest first."""
    rows = []
    for report in MONTHLY:
        months = due_months(report, at=at)[-SHOWN_MONTHS:]
        runs = selectors.scheduled_runs(report, months)
        rows += [Scheduled(report, month, runs.get(str(month))) for month in reversed(months)]
    return rows


def due_months(report: str, *, at: datetime) -> list[Month]:
    """Return the complete months, oldest first, that a monthly report is owed for.

    They begin with the month of the first audit entry, at the latest with the last one, but never before
    the report's own first month, and reach back ``MAX_MONTHS`` at most.
    """
    last, began = last_complete_month(at), first_entry_at()
    first = max(min(month_of(began), last) if began else last, MONTHLY[report])
    months: list[Month] = []
    while last >= first and len(months) < MAX_MONTHS:
        months.insert(0, last)
        last = last.previous()
    return months

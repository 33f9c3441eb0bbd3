"""Lists of reports ask the database the same however much stands in them."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from custody.accounts.models import User
from custody.escrow.models import Deal
from custody.reports import schedule
from custody.reports.admin.deals import case_files
from custody.reports.models import ReportRun
from custody.reports.periods import last_complete_month
from tests.cast import AT, logged_in

LIST = "/admin/reports/reportrun/"


def runs(number: int, report: str, period: str = "", subject: str = "") -> None:
    ReportRun.objects.create(
        id=f"run_01KAJ8V{number:019d}", report=report, period=period, subject=subject, version=number + 1,
        is_scheduled=bool(period), state="DUE", requested_at=AT,
    )  # fmt: skip


def asked(action: Callable[[], object]) -> int:
    action()
    with CaptureQueriesContext(connection) as caught:
        action()
    return len(caught)


def test_the_schedule_asks_once_for_all_months(officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    months = [last_complete_month(AT)]
    for _ in range(schedule.SHOWN_MONTHS - 1):
        months.insert(0, months[0].previous())
    monkeypatch.setattr(schedule, "due_months", lambda report, at: months)
    http = logged_in(officer)
    runs(0, "R3", str(months[0]))
    few = asked(lambda: http.get(LIST))
    for number, month in enumerate(months[1:], start=1):
        runs(number, "R3", str(month))
    assert asked(lambda: http.get(LIST)) == few


def test_the_case_files_of_a_deal_are_asked_for_together(db: None) -> None:
    deal = Deal(id="deal_01KAJ8P0000000000000000001")
    runs(0, "R7", subject=deal.pk)
    few = asked(lambda: case_files(deal))
    for number in range(1, 10):
        runs(number, "R7", subject=deal.pk)
    assert asked(lambda: case_files(deal)) == few

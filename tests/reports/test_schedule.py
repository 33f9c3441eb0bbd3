"""The monthly report is made once per month, whatever happens to the schedule."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from custody.audit.services import record
from custody.common.ids import new_id
from custody.reports import schedule, states
from custody.reports.catalogue import MONTHLY
from custody.reports.models import ReportRun
from custody.reports.periods import Month
from custody.reports.services import request_report
from tests.audit.conftest import OwnDatabase, own_database  # noqa: F401 - fixture
from tests.cast import AT

IN_DECEMBER = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)


def began(at: datetime) -> None:
    record(verb="a.b", actor="system:test", subject="", payload={}, at=at)


def periods() -> list[str]:
    return list(ReportRun.objects.order_by("period").values_list("period", flat=True))


def test_requests_the_last_complete_month(db: None) -> None:
    assert schedule.request_due(at=AT) == 1
    run = ReportRun.objects.get()
    assert (run.report, run.period, run.is_scheduled, run.requested_by) == ("R3", "2026-10", True, None)


def test_requests_it_once(db: None) -> None:
    schedule.request_due(at=AT)
    assert schedule.request_due(at=AT) == 0
    assert periods() == ["2026-10"]


def test_a_failed_run_is_not_made_twice(db: None) -> None:
    schedule.request_due(at=AT)
    ReportRun.objects.update(state=states.FAILED, failure="render_failed")
    assert schedule.request_due(at=AT) == 0


def test_makes_up_for_downtime(db: None) -> None:
    began(datetime(2026, 8, 15, tzinfo=UTC))
    schedule.request_due(at=AT)
    assert periods() == ["2026-08", "2026-09", "2026-10"]


def test_begins_with_the_month_of_the_first_entry(db: None) -> None:
    began(AT)
    assert [str(month) for month in schedule.due_months("R3", at=IN_DECEMBER)] == ["2026-11"]


def test_looks_back_two_years_at_most(db: None) -> None:
    began(datetime(2020, 1, 1, tzinfo=UTC))
    months = schedule.due_months("R3", at=datetime(2028, 11, 21, tzinfo=UTC))
    assert (len(months), str(months[0]), str(months[-1])) == (24, "2026-11", "2028-10")


def test_a_report_is_not_made_up_for_months_before_its_first(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    began(datetime(2020, 1, 1, tzinfo=UTC))
    assert str(schedule.due_months("R3", at=AT)[0]) == "2025-01"
    monkeypatch.setitem(MONTHLY, "R3", Month(2026, 10))
    assert schedule.request_due(at=AT) == 1
    assert periods() == ["2026-10"]


def test_a_report_whose_first_month_is_not_over_is_not_due(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MONTHLY, "R3", Month(2026, 11))
    assert schedule.request_due(at=AT) == 0
    assert schedule.overview(at=AT) == []
    assert schedule.request_due(at=IN_DECEMBER) == 1
    assert periods() == ["2026-11"]


def test_a_report_made_by_hand_does_not_stand_for_the_scheduled_one(db: None) -> None:
    request_report(actor="system:test", report="R3", about="2026-10", at=AT)
    assert schedule.request_due(at=AT) == 1
    assert [run.version for run in ReportRun.objects.order_by("version")] == [1, 2]


def test_the_database_refuses_a_second_scheduled_run(db: None) -> None:
    schedule.request_due(at=AT)
    first = ReportRun.objects.get()
    first.pk, first.version = new_id("run", at=AT), 2
    with pytest.raises(IntegrityError, match="report_run_scheduled_once"), transaction.atomic():
        first.save(force_insert=True)


def test_two_schedulers_at_once_make_one_run(own_database: OwnDatabase) -> None:  # noqa: F811
    barrier = Barrier(2)

    def tick(_: int) -> int:
        try:
            barrier.wait(timeout=10)
            return schedule.request_due(at=AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(tick, range(2)))
    assert periods() == ["2026-10"]


def test_shows_what_is_due_and_what_was_made(db: None) -> None:
    began(datetime(2026, 9, 15, tzinfo=UTC))
    request_report(actor="system:beat", report="R3", about="2026-09", at=AT, is_scheduled=True)
    rows = schedule.overview(at=AT)
    assert [(str(row.month), row.run is not None) for row in rows] == [("2026-10", False), ("2026-09", True)]

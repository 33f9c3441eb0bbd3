"""Months are those of Berlin, their limits exact in UTC."""

from datetime import UTC, datetime

import pytest

from custody.common.clock import write_time
from custody.common.errors import InvalidInputError
from custody.reports.periods import Month, last_complete_month, month_of, parse_month

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def test_october_begins_in_summer_time_and_ends_in_winter_time() -> None:
    month = Month(2026, 10)
    assert (write_time(month.start), write_time(month.end)) == (
        "2026-09-30T22:00:00Z",
        "2026-10-31T23:00:00Z",
    )


@pytest.mark.parametrize(
    ("month", "after"), [(Month(2026, 1), Month(2026, 2)), (Month(2026, 12), Month(2027, 1))]
)
def test_knows_its_neighbours(month: Month, after: Month) -> None:
    assert month.next() == after
    assert after.previous() == month


def test_the_last_evening_of_a_month_in_utc_belongs_to_the_next() -> None:
    assert month_of(datetime(2026, 9, 30, 22, 30, tzinfo=UTC)) == Month(2026, 10)


def test_a_month_is_complete_from_its_end_on() -> None:
    end = datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
    assert last_complete_month(end) == Month(2026, 10)
    assert last_complete_month(end.replace(hour=22, minute=59)) == Month(2026, 9)


@pytest.mark.parametrize(
    ("text", "month"), [("latest", "2026-10"), ("2026-11", "2026-11"), ("2025-01", "2025-01")]
)
def test_reads_a_period(text: str, month: str) -> None:
    assert str(parse_month(text, at=AT)) == month


@pytest.mark.parametrize("text", ["", "2026-13", "2026-1", "10/2026", "2026-12", "2026-10 ", "deal_1"])
def test_refuses_what_is_no_past_or_running_month(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_month(text, at=AT)
    assert (caught.value.code, caught.value.field) == ("bad_period", "period")

"""Times: UTC to the second, one spelling, and a clock that can be shifted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.common import clock

moments = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.fixture
def shifted() -> Iterator[None]:
    """Restores the clock of this process."""
    yield
    clock.set_offset(0)


@given(moments)
def test_reads_back_what_it_wrote(at: datetime) -> None:
    assert clock.read_time(clock.write_time(at)) == at.replace(microsecond=0)


def test_writes_other_zones_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    assert clock.write_time(datetime(2026, 11, 21, 10, tzinfo=berlin)) == "2026-11-21T09:00:00Z"


def test_refuses_a_time_without_zone() -> None:
    with pytest.raises(ValueError, match="naive"):
        clock.write_time(datetime(2026, 11, 21, 10))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-21",
        "2026-11-21T09:00:00",
        "2026-11-21T09:00:00+00:00",
        "2026-11-21T09:00:00.000Z",
        "2026-11-21t09:00:00z",
        "2026-11-21 09:00:00Z",
        "2026-11-1T09:00:00Z",
        "2026-02-29T09:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T09:00:00Z\n",
    ],
)
def test_refuses_every_other_spelling(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        clock.read_time(text)


@pytest.mark.usefixtures("shifted")
def test_the_offset_shifts_now() -> None:
    before = clock.now()
    clock.set_offset(3600)
    assert timedelta(minutes=59) < clock.now() - before < timedelta(minutes=61)
    assert clock.now().tzinfo is UTC

"""The one clock. Domain code receives ``at``; only entry points call ``now``.

The demonstration world may run with an offset so that a complete month lies behind it.
"""

from datetime import UTC, datetime, timedelta

_offset = timedelta()


def set_offset(seconds: int) -> None:
    """Shift the clock of this process (demonstration profile only; settings decide)."""
    global _offset
    _offset = timedelta(seconds=seconds)


def now() -> datetime:
    """Current time in UTC, microseconds kept."""
    return datetime.now(UTC) + _offset


def write_time(at: datetime) -> str:
    """``YYYY-MM-DDThh:mm:ssZ`` as every document writes it; needs an aware datetime."""
    if at.tzinfo is None:
        raise ValueError("naive datetime")
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def read_time(value: str) -> datetime:
    """Read ``YYYY-MM-DDThh:mm:ssZ``; raises ValueError for any other spelling."""
    at = datetime.fromisoformat(value)
    if write_time(at) != value:
        raise ValueError("time is not in canonical form")
    return at

"""The signer's clock: keeps the highest time seen, and stops when time is not what it should be.

Validity counts from the signer's own sight, so a moved clock would move every limit. A clock
behind the last entry, or one that has moved more than five minutes against the time since boot
while this process ran, at once or in small steps, is refused until a person confirms it at the
console (trust.md 11).
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from custody.common import clock
from custody.common.errors import UnavailableError

MAX_JUMP = timedelta(minutes=5)


class ClockNotTrustedError(UnavailableError):
    """Nothing is decided until the clock is confirmed at the console."""

    code = "clock_not_trusted"


class TrustedClock:
    """``marker`` is a file that stands while the clock waits for confirmation."""

    def __init__(
        self,
        marker: Path,
        *,
        now: Callable[[], datetime] = clock.now,
        ticks: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
    ) -> None:
        self._marker, self._now, self._ticks = marker, now, ticks
        self._start = now(), ticks()

    def read(self, *, last: datetime | None) -> datetime:
        """Return the time in whole seconds; ``last`` is the time of the last entry.

        Raises ClockNotTrustedError.
        """
        at, (wall, ticks) = self._now().replace(microsecond=0), self._start
        expected = wall.replace(microsecond=0) + timedelta(seconds=int(self._ticks() - ticks))
        if abs(at - expected) > MAX_JUMP or (last is not None and at < last):
            self._marker.touch()
        if self._marker.exists():
            raise ClockNotTrustedError("the clock went back or jumped; confirm it at the console")
        return at

    def confirm(self) -> datetime:
        """Take the present time for true (console only) and return it."""
        self._marker.unlink(missing_ok=True)
        self._start = self._now(), self._ticks()
        return self._start[0].replace(microsecond=0)

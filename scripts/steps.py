"""Tells whoever waits how far it is: one line a step, its number, and the seconds since the beginning."""

import time
from collections.abc import Callable
from typing import TextIO


class Steps:
    """``total`` steps, told to ``stream``; ``now`` is a clock in seconds."""

    def __init__(self, total: int, stream: TextIO, *, now: Callable[[], float] = time.monotonic) -> None:
        self._total, self._stream, self._now = total, stream, now
        self._began, self._number = now(), 0

    def begin(self, what: str) -> None:
        """The next step."""
        self._number += 1
        self._tell(f"{self._number} of {self._total}, after {self._seconds} s: {what}")

    def end(self) -> None:
        """All are done; what was begun and what was announced must be the same number."""
        if self._number != self._total:
            raise ValueError(f"{self._number} of {self._total} steps were told")
        self._tell(f"done after {self._seconds} s")

    @property
    def _seconds(self) -> int:
        return round(self._now() - self._began)

    def _tell(self, text: str) -> None:
        print(f"· {text}", file=self._stream, flush=True)

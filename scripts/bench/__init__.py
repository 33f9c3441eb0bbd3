"""Measurements against a peer or limit taken in the same run; one file each, one line in ``BENCHES``."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """``value`` in ``unit``; ``ratio`` to the named peer's figure; fine when at most ``goal``."""

    value: float
    unit: str
    peer: str
    ratio: float
    goal: float

    @property
    def ok(self) -> bool:
        return self.ratio <= self.goal


Bench = Callable[[], Measurement]

"""What a check says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from custody.hsm.backends.conformance.subject import Subject

Outcome = Literal["passed", "failed", "not_offered", "not_judged"]


@dataclass(frozen=True)
class CheckResult:
    """``not_judged``: a check that this one builds on has failed."""

    name: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True)
class Check:
    """A check runs only when those it ``needs`` have passed, so that one fault shows as one failure."""

    name: str
    run: Callable[[Subject], str]
    needs: tuple[str, ...] = field(default=())

"""Moments at which a signer may die: the steps of its order, and what happens between them."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Between(StrEnum):
    """What no step of the signing order names."""

    APPENDED = "appended"  # one more entry, inside the open transaction
    ASKED = "asked"  # the token is about to get a digest
    ANSWERED = "answered"  # it has signed, and nobody knows yet
    GENERATED = "generated"  # it has made a key
    ORDER_COMMITTED = "order_committed"
    HEAD_WRITTEN = "head_written"
    IDENTITY_WRITTEN = "identity_written"
    ORDER_TAKEN = "order_taken"


@dataclass(frozen=True, order=True)
class Moment:
    """The ``nth`` time (from 1) that ``name`` is reached."""

    name: str
    nth: int = 1

    def __str__(self) -> str:
        return self.name if self.nth == 1 else f"{self.name} {self.nth}"


@dataclass
class Watch:
    """Keeps what was reached, and kills this very process at ``fatal``."""

    fatal: Moment | None = None
    reached: list[Moment] = field(default_factory=list)
    _times: Counter[str] = field(default_factory=Counter)

    def __call__(self, name: str) -> None:
        self._times[name] += 1
        moment = Moment(str(name), self._times[name])
        self.reached.append(moment)
        if moment == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def after(self, owner: object, method: str, name: str) -> None:
        """Let ``owner`` tell us each time its ``method`` has returned."""
        original: Callable[..., object] = getattr(owner, method)

        def told(*args: object, **kwargs: object) -> object:
            result = original(*args, **kwargs)
            self(name)
            return result

        setattr(owner, method, told)

"""One cell of the matrix: who dies when, on which back-end, over what; and how it is played."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.faults.crash.evidence import Expected, Left, gather
from tests.faults.crash.invariants import violations
from tests.faults.crash.moments import Moment, Watch
from tests.faults.crash.signing import ended, fork, work
from tests.faults.crash.template import Template

LATER = 30.0
"""Seconds by the signers' clock between a death and the process that goes on."""


@dataclass(frozen=True)
class Cell:
    """``deaths``: the moment at which each process dies, one after the other.

    ``blind`` instead: the one process is killed from outside after so many seconds.
    """

    backend: str
    subject: str
    deaths: tuple[Moment, ...] = ()
    blind: float | None = None

    @property
    def moment(self) -> str:
        """How the report groups it."""
        if self.blind is not None:
            return "any moment"
        return self.deaths[0].name if len(self.deaths) == 1 else "two deaths"

    def __str__(self) -> str:
        when = f"after {self.blind:.3f} s" if self.blind is not None else ", ".join(map(str, self.deaths))
        return f"{self.backend} / {self.subject} / {when}"


@dataclass(frozen=True)
class Played:
    """A cell and what it broke; ``torn``: the death took SoftHSM's token file along."""

    cell: Cell
    violations: tuple[str, ...]
    torn: bool = False


@dataclass(frozen=True)
class Stage:
    """A cell on its own copy of the store, below ``directory``."""

    template: Template
    cell: Cell
    directory: Path

    @property
    def store(self) -> Path:
        return self.directory / "store"

    def play(self, expected: Expected) -> Played:
        """Let processes die and one go on, and judge what they leave; a broken store stays."""
        self.template.copy(self.cell.subject, self.store)
        before, problems, deaths = Left.read(self.store), [], []
        for number, death in enumerate(self._deaths()):
            if said := self._die(death, later=LATER if number else 0.0):
                problems.append(said)
            deaths.append(Left.read(self.store))
        torn = self.template.bring_back_token(self.store)
        if said := self._go_on():
            problems.append(said)
        evidence = gather(
            self.store, expected=expected, before=before, deaths=tuple(deaths), problems=tuple(problems)
        )
        found = violations(evidence)
        if not found:
            shutil.rmtree(self.directory)
        return Played(self.cell, tuple(found), torn)

    def _deaths(self) -> tuple[Moment | None, ...]:
        return self.cell.deaths or (None,)

    def _die(self, death: Moment | None, *, later: float) -> str:
        errors = self.directory / "dying.txt"
        child = fork(self._work(Watch(death), later), errors=errors)
        if death is None:
            time.sleep(self.cell.blind or 0.0)  # what is tried is time itself
            os.kill(child, signal.SIGKILL)
        code = ended(child)
        if code == -signal.SIGKILL or (death is None and code == 0):
            return ""
        return f"did not die at {death}: {_read(errors)}"

    def _go_on(self) -> str:
        errors = self.directory / "surviving.txt"
        code = ended(fork(self._work(Watch(), LATER), errors=errors))
        return "" if code == 0 else f"nobody went on (exit {code}): {_read(errors)}"

    def _work(self, watch: Watch, later: float) -> Callable[[], None]:
        asked = self.template.asked(self.cell.subject)
        return partial(work, self.store, self.template.hands(later=later), watch, asked)


def _read(errors: Path) -> str:
    return errors.read_text().strip() if errors.exists() else "it came to its end"

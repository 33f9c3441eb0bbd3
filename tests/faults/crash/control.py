"""Undisturbed runs of each subject: they say at which moments one can die, and what is right."""

import json
import shutil
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from custody.statements.result import Result
from tests.faults.crash.cells import LATER
from tests.faults.crash.evidence import Expected, Left
from tests.faults.crash.moments import Moment, Watch
from tests.faults.crash.signing import ANSWERS, ended, fork, work
from tests.faults.crash.subjects import SUBJECTS
from tests.faults.crash.template import Template


@dataclass(frozen=True)
class Control:
    """``moments`` in their order, ``seconds`` from the birth of the process to its end."""

    expected: Expected
    moments: tuple[Moment, ...]
    seconds: float


@dataclass(frozen=True)
class _Run:
    slots: frozenset[tuple[str, str]]
    keys: int
    answers: dict[str, Any]
    seconds: float


def control(template: Template, subject: str, directory: Path) -> Control:
    """Run a subject twice, at once and ``LATER``; raises AssertionError unless it ends as declared."""
    at_once = _run(template, subject, directory / "at-once", later=0.0)
    later = _run(template, subject, directory / "later", later=LATER)
    results = [Result.from_bytes(data.encode()) for data in at_once.answers["first"]]
    outcomes = tuple((result.outcome, result.rule) for result in results)
    assert tuple(outcome for outcome, _ in outcomes) == SUBJECTS[subject].outcomes, (subject, outcomes)
    return Control(
        expected=Expected(outcomes, at_once.slots, later.slots, at_once.keys),
        moments=tuple(Moment(**moment) for moment in at_once.answers["reached"]),
        seconds=at_once.seconds,
    )


def _run(template: Template, subject: str, directory: Path, *, later: float) -> _Run:
    store, errors = directory / "store", directory / "control.txt"
    directory.mkdir(parents=True)
    template.copy(subject, store)
    before = Left.read(store)
    task = partial(work, store, template.hands(later=later), Watch(), template.asked(subject))
    began = time.perf_counter()
    code = ended(fork(task, errors=errors))
    seconds = time.perf_counter() - began
    assert code == 0, errors.read_text()
    after = Left.read(store)
    slots = frozenset((slot.slot, slot.digest) for slot in after.slots[len(before.slots) :])
    answers = json.loads((store / ANSWERS).read_text())
    shutil.rmtree(directory)
    return _Run(slots, after.keys - before.keys, answers, seconds)

"""Runs the cells: prepares a back-end, plays every cell on two workers, and collects what was broken."""

import multiprocessing
import os
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from custody.hsm.signer.signer import Step
from tests.faults.crash.backends import BACKENDS
from tests.faults.crash.cells import Cell, Played, Stage
from tests.faults.crash.control import Control, control
from tests.faults.crash.moments import Moment
from tests.faults.crash.signing import ended, fork
from tests.faults.crash.subjects import SUBJECTS
from tests.faults.crash.template import Template

WORKERS = 2
BLIND, TWICE = 6, 4  # further cells of each subject: killed blindly, and killed a second time
PROGRESS = 50


@dataclass(frozen=True)
class _Task:
    template: Template
    cell: Cell
    directory: Path
    control: Control


def run(backends: Iterable[str], *, seed: int, sample: int | None, directory: Path) -> Iterator[Played]:
    """Play all cells of these back-ends, or ``sample`` of each subject on each."""
    for backend in backends:
        home = directory / backend
        home.mkdir(parents=True)
        with BACKENDS[backend](home) as environment:
            os.environ.update(environment)
            try:
                yield from _run_on(backend, home, seed=seed, sample=sample)
            finally:
                for name in environment:
                    del os.environ[name]


def _run_on(backend: str, home: Path, *, seed: int, sample: int | None) -> Iterator[Played]:
    template = Template(home / "template")
    template.directory.mkdir()
    errors = home / "template.txt"
    if ended(fork(template.prepare, errors=errors)) != 0:
        raise RuntimeError(f"{backend}: no template: {errors.read_text()}")
    chance = random.Random(f"{seed} {backend}")  # noqa: S311 - a sample, not a secret
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        runs = [(template, subject, home / f"control-{place}") for place, subject in enumerate(SUBJECTS)]
        controls = dict(zip(SUBJECTS, pool.starmap(control, runs), strict=True))
        tasks = [
            _Task(template, cell, home / f"cell-{place}", controls[cell.subject])
            for place, cell in enumerate(_all(backend, controls, chance, sample))
        ]
        for number, played in enumerate(pool.imap_unordered(_play, tasks), start=1):
            if number % PROGRESS == 0 or number == len(tasks):
                sys.stderr.write(f"{backend}: {number} of {len(tasks)} cells\n")
            yield played


def _all(
    backend: str, controls: Mapping[str, Control], chance: random.Random, sample: int | None
) -> Iterator[Cell]:
    for subject, found in controls.items():
        yield from _chosen(backend, subject, found, chance, sample)


def _play(task: _Task) -> Played:
    task.directory.mkdir()
    return Stage(task.template, task.cell, task.directory).play(task.control.expected)


def _chosen(
    backend: str, subject: str, found: Control, chance: random.Random, sample: int | None
) -> Sequence[Cell]:
    cells = [*_cells(backend, subject, found, chance)]
    return cells if sample is None else chance.sample(cells, min(sample, len(cells)))


def _cells(backend: str, subject: str, found: Control, chance: random.Random) -> Iterator[Cell]:
    """Every moment; some pairs of moments; some times that nobody chose."""
    yield from (Cell(backend, subject, (moment,)) for moment in found.moments)
    for _ in range(TWICE):
        first = chance.choice(found.moments)
        yield Cell(backend, subject, (first, chance.choice(_again(first))))
    for _ in range(BLIND):
        yield Cell(backend, subject, blind=chance.uniform(0, found.seconds))


def _again(first: Moment) -> list[Moment]:
    """Where whoever goes on after ``first`` comes by in any case."""
    undecided = [first] if first.name == Step.DECIDED else []
    return [Moment(Step.COMMITTED.value), Moment(Step.HEAD_ADVANCED.value), *undecided]

"""The report of a run: one JSON object, and the same as a page for people."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.faults.crash.cells import Played
from tests.faults.crash.invariants import INVARIANTS

_PAGE = """# Crash matrix

A signer process is killed with `kill -9` at every moment of every kind of request, on every key
back-end; a new process then goes on with the same bytes. `make crash-matrix` plays all cells and writes
this page (`.local/crash-matrix.md`, the figures in `.local/crash-matrix.json`); `make check` plays a sample.

**{cells} cells, {checks} checks, {count} violations** (seed {seed}, {seconds} s on two workers).
Deaths while one-time keys are made and ended: `tests/signer/test_keeping_crash.py`; of an offline signer:
`tests/offline/test_counter.py`.

## What it does not show
* Power loss: `kill -9` takes a process, not what the system has not written yet. That the store syncs its
  commits and the head file before the token is asked is tested apart (`tests/signer/test_journal.py`).
* Real clouds and HSMs: AWS KMS and Azure Key Vault are local servers of their wire formats, the token is
  SoftHSM. It writes the file of its token anew at each log-in, and a kill inside that moment empties it for
  good ({torn_tokens} times in this run; the file is then put back from its backup). Keep one of a software
  token; an HSM has no such file.
* Starting: the processes of a cell are forked from one that has loaded the code and opened nothing.

## What is checked after every death
{invariants}

## Cells by kind and back-end
{by_subject}

## Cells by moment of death
`any moment`: killed from outside at a time that nobody chose. `two deaths`: whoever goes on dies as well.

{by_moment}

## What else goes away
| What fails | Test |
| --- | --- |
| worker or signer killed in the middle of an award, chosen and blind | `tests/faults/test_kills.py` |
| token, node, broker, database, keys process away and back; a wrong PIN | `tests/faults/test_components.py` |
| the same message many times, two workers or people at once | `tests/faults/test_double.py` |
| full disk, jumping clock, token lost between signatures, a lock taken away | `tests/signer/test_faults.py` |
| a restored store, a second signer | `tests/rooted/test_rewind.py` |
| a result row deleted or altered | `tests/rooted/test_results.py` |
"""


def summary(played: Sequence[Played], *, seed: int, sample: int | None, seconds: float) -> dict[str, Any]:
    """Counts and violations of a run."""
    broken = [{"cell": str(item.cell), "found": list(item.violations)} for item in played if item.violations]
    return {
        "seed": seed,
        "sample": sample,
        "seconds": round(seconds),
        "cells": len(played),
        "checks": len(played) * len(INVARIANTS),
        "violations": broken,
        "torn_tokens": sum(item.torn for item in played),
        "invariants": [check.__name__ for check in INVARIANTS],
        "by_subject": _count(played, lambda item: item.cell.subject),
        "by_moment": _count(played, lambda item: item.cell.moment),
    }


def page(figures: dict[str, Any]) -> str:
    """The summary in Markdown."""
    return _PAGE.format(
        **{name: figures[name] for name in ("cells", "checks", "seed", "seconds", "torn_tokens")},
        count=sum(len(item["found"]) for item in figures["violations"]),
        invariants="\n".join(f"* {name.replace('_', ' ')}" for name in figures["invariants"]),
        by_subject=_table("kind", figures["by_subject"]),
        by_moment=_table("moment", figures["by_moment"]),
    )


def _count(played: Sequence[Played], label: Any) -> dict[str, dict[str, int]]:  # noqa: ANN401
    """Cells by label and back-end, in the order they first came."""
    counts: dict[str, Counter[str]] = {}
    for item in sorted(played, key=label):
        counts.setdefault(label(item), Counter())[item.cell.backend] += 1
    return {name: dict(found) for name, found in counts.items()}


def _table(label: str, rows: dict[str, dict[str, int]]) -> str:
    backends = sorted({backend for found in rows.values() for backend in found})
    lines = [[label, *backends], ["---", *("---:" for _ in backends)]]
    lines += [[name, *(str(found.get(backend, 0)) for backend in backends)] for name, found in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

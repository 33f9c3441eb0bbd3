"""Make a report now and write it as F.pdf with its proof F.proof.json (see DESIGN section 10).

The run goes the same way as one asked for in the browser: worker and signer must be running. The
command waits for them, at most as long as ``--timeout`` says.
"""

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand

from custody.common import clock
from custody.common.errors import RefusedError, UnavailableError
from custody.hsm.checkpoints import request_checkpoints
from custody.reports import states
from custody.reports.catalogue import DEFINITIONS
from custody.reports.models import ReportRun
from custody.reports.proofs import Proof
from custody.reports.proving import ProofNotReadyError, build_proof
from custody.reports.services import download_report, request_report, unsealed_file
from custody.reports.services.exports import proof_path, write_file
from custody.web.refusals import guards_command

T = TypeVar("T")
ACTOR = "system:command"
PAUSE_SECONDS = 0.5
# The twin is frozen: pages without seal can be laid out from here on.
FROZEN = (states.RENDERING, states.SEALING, states.MADE)


class Command(BaseCommand):
    help = "Make a report and write it with its proof."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("report", help=" or ".join(DEFINITIONS))
        parser.add_argument("--period", default="latest", help="latest, a month like 2026-10, or a case id")
        parser.add_argument("--output", type=Path, required=True, help="the PDF to write")
        parser.add_argument("--unsealed", action="store_true", help="write the page content before sealing")
        parser.add_argument("--timeout", type=int, default=180, help="seconds to wait for each step")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    @guards_command("reports.run.render")
    def handle(
        self,
        *args: object,
        report: str,
        period: str,
        output: Path,
        unsealed: bool,
        timeout: int,
        as_json: bool,
        **options: object,
    ) -> None:
        run = request_report(actor=ACTOR, report=report, about=period, at=clock.now())
        if unsealed:
            _wait(lambda: _in_state(run, FROZEN), timeout, what="the data")
            write_file(output, unsealed_file(run))
            result = _summary(run, output)
        else:
            result = _sealed(run, output, timeout)
        self.stdout.write(json.dumps(result) if as_json else f"{result['file']} {result.get('sha256', '')}")


def _sealed(run: ReportRun, output: Path, timeout: int) -> dict[str, Any]:
    _wait(lambda: _in_state(run, (states.MADE,)), timeout, what="worker and signer")
    _, pdf = download_report(actor=ACTOR, run_id=run.pk, at=clock.now())
    write_file(output, pdf)
    proof = _wait(lambda: _proof(run), timeout, what="a checkpoint")
    write_file(proof_path(output), proof.to_bytes())
    return _summary(run, output) | {
        "sha256": run.file_sha256,
        "proof": str(proof_path(output)),
        "checkpoint": proof.checkpoint.position,
    }


def _summary(run: ReportRun, output: Path) -> dict[str, Any]:
    return {
        "report": run.report,
        "about": run.period or run.subject,
        "run": run.pk,
        "version": run.version,
        "complete": run.is_complete,
        "file": str(output),
        "twin_sha256": run.twin_sha256,
    }


def _in_state(run: ReportRun, wanted: tuple[str, ...]) -> bool:
    run.refresh_from_db()
    if run.state == states.FAILED:
        raise RefusedError(f"the report could not be made: {run.failure}", code=run.failure)
    return run.state in wanted


def _proof(run: ReportRun) -> Proof | None:
    """The proof, asking for a checkpoint as soon as the entry has its position."""
    try:
        return build_proof(run)
    except ProofNotReadyError:
        request_checkpoints(at=clock.now(), force=True)
        return None


def _wait(look: Callable[[], T | None], timeout: int, *, what: str) -> T:
    deadline = time.monotonic() + timeout
    while not (found := look()):
        if time.monotonic() > deadline:
            raise UnavailableError(f"no answer from {what} within {timeout} s", code="timeout")
        time.sleep(PAUSE_SECONDS)
    return found

"""Another process that dies at a step of the signing order, and the signer that goes on after it."""

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from django.db import connections

from custody.common import clock
from custody.hsm.signer.steps import Step
from custody.hsm.signer.store.router import ALIAS
from custody.statements.request import Request
from scripts.embedded.layout import PROJECT
from tests.harness.signer_bench import LABEL
from tests.signer.bench import Bench


def die_at(bench: Bench, step: Step, request: Request, *, folder: Path, at: datetime | None = None) -> Bench:
    """Kill a process at ``step`` over ``request``; a new signer on what it left, with the same hands.

    ``at``: the time on the clock of the one that dies. Its request lies in ``folder``.
    """
    bench.close()
    connections[ALIAS].close()
    file = folder / "request.json"
    file.write_bytes(request.to_bytes())
    time = [clock.write_time(at)] if at else []
    done = subprocess.run(
        [sys.executable, "-m", "tests.signer.dying", bench.directory, LABEL, step, request.id, file, *time],
        cwd=PROJECT,
        env={
            **os.environ,
            "CUSTODY_PROCESS": "signer",
            "CUSTODY_SIGNER_DIR": str(bench.directory),
            "DJANGO_SETTINGS_MODULE": "custody.settings",
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return Bench(bench.directory, bench.token, bench.hands)

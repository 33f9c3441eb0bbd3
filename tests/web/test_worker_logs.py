"""What worker and beat write goes through the same filter as the lines of the web."""

import json
import os
import subprocess
import sys
from pathlib import Path

from scripts.embedded.layout import PROJECT

# Sets logging up as the celery program does, then lets a task fail as the pool does.
PROGRAM = """
import django
from celery.app.trace import build_tracer
from custody.celery import app

@app.task(name="tests.fail")
def fail():
    raise ValueError("violates a constraint\\nDETAIL:  Failing row contains (Max Mustermann,\\nBonn).")

django.setup()
app.log.setup("WARNING", redirect_stdouts=True)
build_tracer(fail.name, fail, app=app)("0" * 8, (), {}, {"id": "0" * 8, "delivery_info": {}})
"""


def test_a_failing_task_writes_no_row(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "CUSTODY_PROFILE": "test",
        "CUSTODY_PROCESS": "worker",
        "CUSTODY_SECRET_KEY": "logs",
        "CUSTODY_STATE_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]
    failures = [line for line in lines if line["logger"] == "celery.app.trace"]
    assert len(failures) == 1
    assert "violates a constraint" in failures[0]["exception"]
    assert not any(word in done.stdout + done.stderr for word in ("Mustermann", "Bonn"))

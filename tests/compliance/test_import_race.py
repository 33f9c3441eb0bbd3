"""Two imports of the same list at the same moment: one version, and both agree which."""

import json
import os
import subprocess
import sys
from pathlib import Path

from custody.compliance.samples import OFAC_SYNTHETIC
from scripts.embedded.layout import PROJECT
from scripts.embedded.world import World
from tests.harness.databases import copy_database


def start_import(database: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_sanctions", "--source", "ofac", "--file", str(path), "--json"],
        env={**os.environ, "CUSTODY_PROCESS": "command", "CUSTODY_DB_NAME": database},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def test_two_imports_at_once_make_one_version(own_world: World, worker: str) -> None:
    database = copy_database(f"import_race_{worker}")
    running = [start_import(database, OFAC_SYNTHETIC) for _ in range(2)]
    answers = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0], [errors for _, errors in answers]
    summaries = [json.loads(output) for output, _ in answers]
    assert {summary["version"] for summary in summaries} == {1}
    assert sorted(summary["is_new"] for summary in summaries) == [False, True]

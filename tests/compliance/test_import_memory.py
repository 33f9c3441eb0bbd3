"""The import of the real list in a process of its own: committed, complete, below 300 MB."""

import json
import os
import subprocess
import sys

from scripts.embedded.layout import PROJECT
from scripts.embedded.world import World
from tests.compliance.files import real_list
from tests.harness.databases import copy_database

MAX_MEGABYTES = 300
# VmHWM, because the kernel's ru_maxrss also counts the parent before exec.
PROGRAM = """
import pathlib, sys, django
from django.core.management import call_command
django.setup()
call_command("import_sanctions", "--source", "ofac", "--file", sys.argv[1], "--json")
status = pathlib.Path("/proc/self/status").read_text()
print(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
"""


def test_the_real_list_is_imported_in_little_memory(own_world: World, worker: str) -> None:
    path = real_list("sdn_advanced_2025-11-19.xml.bz2")
    environment = {
        **os.environ,
        "CUSTODY_PROCESS": "command",
        "CUSTODY_DB_NAME": copy_database(f"import_{worker}"),
    }
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, path],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    summary, kilobytes = run.stdout.splitlines()
    assert json.loads(summary)["parties"] == 18367
    assert int(kilobytes) < MAX_MEGABYTES * 1024

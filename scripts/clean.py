"""Delete the local state of this clone: worlds, caches of tools, the mirror of the code."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

from scripts.embedded.layout import PROJECT, remove_mirror, test_run_prefix


def stop_supervisors() -> None:
    """Ask supervisors that still run (their pid files lie in .local) to stop."""
    for file in (PROJECT / ".local").glob("*/supervisor.pid"):
        try:
            os.kill(int(file.read_text()), signal.SIGTERM)
        except (ProcessLookupError, ValueError):
            continue


def main() -> None:
    stop_supervisors()
    for name in (".local", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"):
        shutil.rmtree(PROJECT / name, ignore_errors=True)
    for cache in PROJECT.glob("[cst]*/**/__pycache__"):
        shutil.rmtree(cache, ignore_errors=True)
    remove_mirror()
    # Another clone's tests may be running: theirs have another name.
    for leftover in Path(tempfile.gettempdir()).glob(f"{test_run_prefix()}*"):
        if leftover.stat().st_uid == os.getuid():
            shutil.rmtree(leftover, ignore_errors=True)


if __name__ == "__main__":
    main()

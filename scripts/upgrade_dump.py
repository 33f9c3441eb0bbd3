"""Keep the demonstration world as a release leaves it, for every later one to migrate (``tests/upgrade``).

Usage: make clean demo && .venv/bin/python -m scripts.upgrade_dump 0.1
In a clone without ../shared, so that the small synthetic sanctions list is imported. The data are
invented, and the keys that open them are gone with the world.
"""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from scripts.embedded.layout import PROJECT, Layout
from scripts.embedded.postgres import SUPERUSER, USER, Postgres, tool
from scripts.embedded.users import as_user
from scripts.embedded.world import database_services
from scripts.installation import STATE, take_lock

FOLDER = PROJECT / "tests" / "upgrade"


def keep(version: str) -> list[Path]:
    """Write database, signer's store and checkpoints of the stopped demonstration world; return the files."""
    layout = Layout.create(STATE)
    postgres, _ = database_services(layout, durable=True)
    database, store, checkpoints = (
        FOLDER / f"v{version}.{kind}" for kind in ("dump", "store.sqlite3", "checkpoints.jsonl")
    )
    postgres.start()
    try:
        database.write_bytes(_dump(postgres))
    finally:
        postgres.stop()
    store.unlink(missing_ok=True)
    with closing(sqlite3.connect(layout.signer / "store.sqlite3")) as source:
        source.execute("VACUUM INTO ?", (str(store),))
    checkpoints.write_bytes((layout.public / "checkpoints.jsonl").read_bytes())
    return [database, store, checkpoints]


def _dump(postgres: Postgres) -> bytes:
    command = [str(tool("pg_dump")), "-h", str(postgres.sockets), "-U", SUPERUSER, "-Fc", "-Z9", "custody"]
    return subprocess.run(as_user(USER, command), check=True, capture_output=True, cwd="/").stdout


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    with take_lock():
        for path in keep(arguments[0]):
            print(f"{path.relative_to(PROJECT)}: {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Databases of a test run: a migrated template made once, a copy per worker and kind of test."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

from scripts.embedded.layout import PROJECT
from scripts.embedded.postgres import Postgres
from scripts.embedded.world import database_services
from tests.harness.plugin import RUN_DIR, run_layout
from tests.harness.signer_role import create_stand_in

TEMPLATE = "template_custody"


def cluster() -> Postgres:
    """The run's PostgreSQL, started by the first process."""
    return database_services(run_layout(), durable=False)[0]


def copy_database(name: str) -> str:
    """Create ``name`` as a copy of the migrated template (0.1 s) and return it."""
    postgres = cluster()
    with (Path(os.environ[RUN_DIR]) / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not postgres.sql(f"SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'"):
            _build_template(postgres)
        postgres.create_database(name, template=TEMPLATE)
    return name


def _build_template(postgres: Postgres) -> None:
    building = f"{TEMPLATE}_building"
    postgres.sql(f"DROP DATABASE IF EXISTS {building}")
    postgres.create_database(building)
    environment = {
        **os.environ,
        "CUSTODY_PROCESS": "migrator",
        "CUSTODY_DB_NAME": building,
        "CUSTODY_DB_PASSWORD_FILE": str(Path(os.environ[RUN_DIR]) / "secrets" / "custody_migrator"),
    }
    create_stand_in(postgres)
    for arguments in (["migrate", "--no-input", "-v0"], ["grant_database_roles"]):
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=environment,
            cwd=PROJECT,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    postgres.sql(f"ALTER DATABASE {building} RENAME TO {TEMPLATE}")

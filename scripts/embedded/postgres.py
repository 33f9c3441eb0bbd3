"""A private PostgreSQL cluster on a unix socket, with the three roles of the design.

``custody_migrator`` owns the tables, ``custody_app`` uses them, ``custody_signer`` reads signing
requests and inserts results. Local superuser access needs the cluster's own system user.
"""

import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.embedded.process import Running, run, start, wait_until
from scripts.embedded.users import as_user, is_separated, make_directory, own

USER = "custody-database"
SUPERUSER = "postgres"
ROLES = ("custody_migrator", "custody_app", "custody_signer")
MINIMUM_VERSION = 15
_CONFIGURATION = """
listen_addresses = ''
max_connections = 120
shared_buffers = 64MB
timezone = 'UTC'
log_min_messages = warning
log_statement = 'none'
"""
_ACCESS = """
local all {superuser} peer map=super
local all all scram-sha-256
"""


@dataclass
class Postgres:
    """A cluster in ``directory``; ``durable`` False turns fsync off (tests)."""

    directory: Path
    sockets: Path
    passwords: Mapping[str, str]
    durable: bool = True
    running: Running | None = None

    def start(self) -> None:
        make_directory(self.directory, USER, 0o700)
        if not (self.directory / "PG_VERSION").exists():
            self._initialise()
        self._configure()
        self.running = start(
            "postgresql",
            [str(tool("postgres")), "-D", str(self.directory), "-k", str(self.sockets)],
            user=USER,
            log=self.directory.parent / "logs" / "postgresql.log",
            cwd=self.directory,
            stop_signal=signal.SIGINT,
        )
        wait_until(self._answers, seconds=60, what="PostgreSQL", process=self.running)
        self._create_roles()

    def stop(self) -> None:
        if self.running:
            self.running.stop(seconds=20)

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """Run ``statement`` as the cluster's superuser and return its unaligned output."""
        command = [str(tool("psql")), "-h", str(self.sockets), "-U", SUPERUSER, "-d", database,
                   "-v", "ON_ERROR_STOP=1", "-qAtX", "-c", statement]  # fmt: skip
        return run(command, user=USER, cwd=self.directory).stdout.strip()

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Create ``name`` owned by the migrator, if it does not exist."""
        if self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            return
        source = f" TEMPLATE {template}" if template else ""
        self.sql(f"CREATE DATABASE {name} OWNER custody_migrator{source}")
        self.sql(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        self.sql(f"GRANT CONNECT ON DATABASE {name} TO custody_app, custody_signer")

    def _initialise(self) -> None:
        command = [str(tool("initdb")), "-D", str(self.directory), "-U", SUPERUSER, "-E", "UTF8",
                   "--locale=C.UTF-8", "--auth=reject", "--no-instructions"]  # fmt: skip
        run(command, user=USER, cwd=self.directory)

    def _configure(self) -> None:
        durability = "" if self.durable else "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
        system_user = USER if is_separated() else _own_name()
        files = {
            "postgresql.conf": _CONFIGURATION + durability,
            "pg_hba.conf": _ACCESS.format(superuser=SUPERUSER),
            "pg_ident.conf": f"super {system_user} {SUPERUSER}\n",
        }
        for name, content in files.items():
            path = self.directory / name
            path.write_text(content)
            own(path, USER, 0o600)

    def _create_roles(self) -> None:
        for role in ROLES:
            if not self.sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
                self.sql(f"CREATE ROLE {role} LOGIN PASSWORD '{self.passwords[role]}'")

    def _answers(self) -> bool:
        command = [str(tool("pg_isready")), "-q", "-h", str(self.sockets)]
        return subprocess.run(as_user(USER, command), check=False, cwd=self.directory).returncode == 0


def tool(name: str) -> Path:
    """The newest installed PostgreSQL's program ``name`` (version 15 or later)."""
    found = sorted(
        (int(match.group(1)), path)
        for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
        if (match := re.search(r"/postgresql/(\d+)/bin/", str(path)))
    )
    if found and found[-1][0] >= MINIMUM_VERSION:
        return found[-1][1]
    on_path = shutil.which(name)
    if on_path is None:
        raise RuntimeError(
            f"PostgreSQL {MINIMUM_VERSION} or later is not installed ({name}): run scripts/bootstrap"
        )
    return Path(on_path)


def _own_name() -> str:
    return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()

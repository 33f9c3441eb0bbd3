"""One world: database, broker, tokens, signer, keys, workers, web, and optionally a regtest node.

Used by ``make run``, ``make demo`` and the tests alike. A test world shares the PostgreSQL
cluster and the broker of its test run and has everything else to itself.
"""

import json
import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scripts.embedded import softhsm
from scripts.embedded.layout import Layout
from scripts.embedded.postgres import ROLES, Postgres
from scripts.embedded.process import Running, run, start, wait_until
from scripts.embedded.redis import Redis
from scripts.embedded.users import uid_of

SIGNER_USER, KEYS_USER, WITNESS_USER, WEB_USER, DATABASE_USER = (
    "custody-signer",
    "custody-keys",
    "custody-witness",
    "custody-web",
    "custody-database",
)
USER_OF = {
    "web": WEB_USER,
    "worker": WEB_USER,
    "beat": WEB_USER,
    "command": WEB_USER,
    "migrator": DATABASE_USER,
    "keys": KEYS_USER,
    "signer": SIGNER_USER,
    "witness": WITNESS_USER,
}
PASSWORD_USER = {"custody_migrator": DATABASE_USER, "custody_app": WEB_USER, "custody_signer": SIGNER_USER}


@dataclass
class World:
    """Processes and files of one installation below ``layout.state``."""

    layout: Layout
    postgres: Postgres
    redis: Redis
    profile: str = "demo"
    database: str = "custody"
    broker_database: int = 0
    web_port: int = 8000
    bitcoin_rpc: dict[str, str] = field(default_factory=dict)
    clock_offset: int = 0
    extra: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Running] = field(default_factory=dict)

    def environment(self, process: str) -> dict[str, str]:
        """Everything ``process`` gets to know; no secret that is not its own."""
        layout = self.layout
        return {
            "DJANGO_SETTINGS_MODULE": "custody.settings",
            "CUSTODY_PROCESS": process,
            "CUSTODY_PROFILE": self.profile,
            "CUSTODY_STATE_DIR": str(layout.state),
            "CUSTODY_DB_NAME": self.database,
            "CUSTODY_DB_HOST": str(self.postgres.sockets),
            "CUSTODY_BROKER_URL": self.redis.url(self.broker_database),
            "CUSTODY_SIGNER_DIR": str(layout.signer),
            "CUSTODY_SIGNER_PUBLIC_DIR": str(layout.public),
            "CUSTODY_KEYS_SOCKET": str(layout.keys_socket),
            "CUSTODY_WITNESS_SOCKET": str(layout.witness_socket),
            "CUSTODY_STATIC_ROOT": str(layout.web / "static"),
            "CUSTODY_EXPORT_DIR": str(layout.web / "exports"),
            "CUSTODY_CLOCK_OFFSET_SECONDS": str(self.clock_offset),
            "PYTHONUNBUFFERED": "1",
            "HOME": "/nonexistent",
            "XDG_CACHE_HOME": str(layout.web / "cache"),
            **self._secrets(process),
            **self.extra,
        }

    def _secrets(self, process: str) -> dict[str, str]:
        layout = self.layout
        if process == "keys":
            return {
                "SOFTHSM2_CONF": str(layout.keys / "hsm" / "softhsm2.conf"),
                "CUSTODY_KEYS_PIN_FILE": str(layout.keys / "hsm" / "pin"),
                "CUSTODY_KEYS_DIR": str(layout.keys),
                "CUSTODY_KEYS_ALLOWED_UIDS": ",".join(self._clients()),
            }
        if process == "witness":
            return {
                "CUSTODY_WITNESS_DIR": str(layout.witness),
                "CUSTODY_WITNESS_ALLOWED_UIDS": ",".join(self._clients()),
                **self._node_access(),
            }
        role = {"signer": "custody_signer", "migrator": "custody_migrator"}.get(process, "custody_app")
        values = {"CUSTODY_DB_PASSWORD_FILE": str(self.password_file(role))}
        if process == "signer":
            return values | {
                "SOFTHSM2_CONF": str(layout.signer / "hsm" / "softhsm2.conf"),
                "CUSTODY_SIGNER_PIN_FILE": str(layout.signer / "hsm" / "pin"),
            }
        if process == "migrator":
            return values
        return (
            values
            | {"CUSTODY_SECRET_KEY_FILE": str(layout.state / "secrets" / "secret_key")}
            | self._node_access()
        )

    def _node_access(self) -> dict[str, str]:
        return {f"CUSTODY_BITCOIN_RPC_{key.upper()}": value for key, value in self.bitcoin_rpc.items()}

    def _clients(self) -> list[str]:
        """Who may ask for data keys and facts: the web user; in tests also the test process itself."""
        allowed = {uid_of(WEB_USER)} | ({os.getuid()} if self.profile == "test" else set())
        return [str(uid) for uid in sorted(allowed)]

    def password_file(self, role: str) -> Path:
        return self.postgres.directory.parent / "secrets" / role

    def manage(self, *arguments: str, process: str = "command") -> str:
        """Run a management command as ``process`` and return what it printed."""
        command = [self.layout.python, str(self.layout.code / "manage.py"), *arguments]
        done = run(
            command, user=USER_OF[process], cwd=self.layout.code, environment=self.environment(process)
        )
        return done.stdout

    def prepare_database(self) -> None:
        """Create, migrate and grant the main database."""
        self.postgres.create_database(self.database)
        self.manage("migrate", "--no-input", "-v0", process="migrator")
        self.manage("grant_database_roles", process="migrator")

    def prepare_keys(self) -> None:
        """Make the token of the keys process once, and start that process."""
        self.layout.secret("secret_key", WEB_USER)
        _ensure_token(self.layout.keys / "hsm", "custody-keys", KEYS_USER)
        self.start_process("keys", ["manage.py", "keys_server"])
        wait_until(
            self.layout.keys_socket.exists, seconds=30, what="keys process", process=self.processes["keys"]
        )

    def prepare_signer(self, genesis: Path) -> None:
        """Make the signer's token, migrate its store and, once, load the genesis file at its console."""
        _ensure_token(self.layout.signer / "hsm", "custody-signer", SIGNER_USER)
        self.manage("migrate", "--database=signer_store", "--no-input", "-v0", process="signer")
        status = json.loads(self.manage("signer_status", "--json", process="signer"))
        if not status["genesis"]:
            self.manage("signer_genesis", str(genesis), process="signer")
        self.manage("mirror_signer")

    def start_workers(self, *, beat: bool = True, concurrency: int = 2) -> None:
        """Start the signer, the witness, the worker and (unless a test drives time itself) beat."""
        self.start_signer()
        self.start_witness()
        self.start_worker(concurrency=concurrency)
        if beat:
            self.start_process(
                "beat",
                ["-m", "celery", "-A", "custody.celery", "beat", "--loglevel=WARNING",
                 "--schedule", str(self.layout.web / "beat-schedule"), "--pidfile="],
            )  # fmt: skip

    def start_signer(self) -> None:
        """Start the signer and wait until its store is open; raises StartError when it refuses to."""
        signer = self.start_process(
            "signer",
            ["-m", "celery", "-A", "custody.hsm.signer.app", "worker", "--loglevel=WARNING", "--pool=solo",
             "--queues=signing", "--without-gossip", "--without-mingle", "--without-heartbeat",
             "-n", "signer@%h"],
        )  # fmt: skip
        owner, pid = self.layout.signer / "lock", str(signer.pid)
        wait_until(
            lambda: owner.exists() and owner.read_text() == pid,
            seconds=60,
            what="its open store",
            process=signer,
        )

    def start_witness(self) -> None:
        """Start the witness, which makes its key at its first start."""
        witness = self.start_process("witness", ["manage.py", "witness"])
        wait_until(self.layout.witness_socket.exists, seconds=30, what="its socket", process=witness)

    def start_worker(self, *, concurrency: int = 2) -> None:
        self.start_process(
            "worker",
            ["-m", "celery", "-A", "custody.celery", "worker", "--loglevel=WARNING",
             f"--concurrency={concurrency}", "--queues=default,chain,screening,reports", "-n", "worker@%h"],
        )  # fmt: skip

    def start_web(self) -> None:
        self.start_process(
            "web",
            ["-m", "gunicorn", "custody.wsgi", "--bind", f"127.0.0.1:{self.web_port}", "--workers", "2",
             "--threads", "4", "--access-logfile", "/dev/null", "--no-control-socket"],
        )  # fmt: skip
        wait_until(self._web_answers, seconds=60, what="web", process=self.processes["web"])

    def _web_answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.web_port), timeout=1):
                return True
        except OSError:
            return False

    def start_process(self, name: str, arguments: list[str]) -> Running:
        """Start ``python <arguments>`` as process ``name`` under its own user."""
        self.processes[name] = start(
            name,
            [self.layout.python, *arguments],
            user=USER_OF[name],
            log=self.layout.logs / f"{name}.log",
            cwd=self.layout.code,
            environment=self.environment(name),
        )
        return self.processes[name]

    def stop(self) -> None:
        """Stop our processes in reverse order of their start; shared services stay."""
        for running in reversed(self.processes.values()):
            running.stop()
        self.processes.clear()


def _ensure_token(directory: Path, label: str, user: str) -> None:
    if (directory / "pin").exists():
        return
    softhsm.ensure_token(
        directory=directory,
        label=label,
        user=user,
        pin=secrets.token_hex(8),
        so_pin=secrets.token_hex(8),
    )


def database_services(layout: Layout, *, durable: bool) -> tuple[Postgres, Redis]:
    """PostgreSQL and Redis of a world, not yet started; passwords are made once."""
    passwords = {role: layout.secret(role, PASSWORD_USER[role]) for role in ROLES}
    postgres = Postgres(
        directory=layout.state / "postgres",
        sockets=layout.database_socket,
        passwords={role: path.read_text() for role, path in passwords.items()},
        durable=durable,
    )
    return postgres, Redis(layout.state / "redis", layout.database_socket / "redis.sock")


def stop_all(*steps: Callable[[], None]) -> None:
    """Run every stop step even when one of them fails."""
    errors = []
    for step in steps:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - the next step must run; re-raised below
            errors.append(error)
    if errors:
        raise errors[0]

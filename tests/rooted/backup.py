"""A copy of the signer's store, as an operator of its console might keep and bring back."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from scripts.embedded.process import clean_environment
from scripts.embedded.users import as_user, own
from scripts.embedded.world import SIGNER_USER, World
from tests.harness.signer_store import FILE, store_rows

SIGNER = ["-m", "celery", "-A", "custody.hsm.signer.app", "worker", "--pool=solo", "--queues=signing"]
# Where nobody sends anything: a signer that starts nevertheless must not answer for the real one.
QUIET_BROKER = 15


@dataclass(frozen=True)
class Backup:
    """A copy of the store with its head, as an operator would keep it."""

    world: World
    directory: Path

    def take(self) -> None:
        """Copy store and head as they are now."""
        self.directory.mkdir()
        source = f"file:{self.world.layout.signer / FILE}?mode=ro"
        with (
            closing(sqlite3.connect(source, uri=True)) as live,
            closing(sqlite3.connect(self.directory / FILE)) as copy,
        ):
            live.backup(copy)
        self.take_head()

    def take_head(self) -> None:
        """Copy the head alone."""
        shutil.copy(self.world.layout.signer / "head", self.directory)

    def last_checkpoint(self, stream: str) -> int:
        """Position of the last one signed for ``stream``, as this copy knows it."""
        statement = "SELECT coalesce(max(position), 0) FROM signer_store_signedcheckpoint WHERE stream = ?"
        ((position,),) = store_rows(self.directory, statement, stream)
        return int(position)

    def alter(self, statement: str) -> None:
        """Change the store with SQL, triggers dropped, as the console's root could."""
        with closing(sqlite3.connect(self.directory / FILE)) as store, store:
            triggers = store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in triggers:
                store.execute(f"DROP TRIGGER {name}")
            store.execute(statement)

    def start(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Start a signer, or a console command, on this copy."""
        for path in (self.directory, *self.directory.iterdir()):
            own(path, SIGNER_USER, 0o700 if path.is_dir() else 0o600)
        world = self.world
        return subprocess.run(
            as_user(SIGNER_USER, [world.layout.python, *(arguments or SIGNER)]),
            env=clean_environment()
            | world.environment("signer")
            | {
                "CUSTODY_SIGNER_DIR": str(self.directory),
                "CUSTODY_SIGNER_PUBLIC_DIR": str(self.directory),
                "CUSTODY_BROKER_URL": world.redis.url(QUIET_BROKER),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=world.layout.code,
            check=False,
            timeout=60,
        )

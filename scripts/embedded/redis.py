"""A private Redis or Valkey on a unix socket; it may lose everything, rows are the truth."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scripts.embedded.process import Running, start, wait_until
from scripts.embedded.users import make_directory

USER = "custody-database"


@dataclass
class Redis:
    """A broker whose socket is open to the group of all our processes."""

    directory: Path
    socket: Path
    running: Running | None = None

    def start(self) -> None:
        make_directory(self.directory, USER, 0o700)
        command = [server(), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "770",
                   "--save", "", "--appendonly", "no", "--dir", str(self.directory),
                   "--databases", "16"]  # fmt: skip
        self.running = start(
            "redis", command, user=USER, log=self.directory.parent / "logs" / "redis.log", cwd=self.directory
        )
        wait_until(self._answers, seconds=20, what="Redis", process=self.running)

    def stop(self) -> None:
        if self.running:
            self.running.stop()

    def url(self, database: int = 0) -> str:
        return f"redis+socket://{self.socket}?virtual_host={database}"

    def _answers(self) -> bool:
        client = shutil.which("redis-cli") or shutil.which("valkey-cli")
        if not self.socket.exists() or client is None:
            return False
        done = subprocess.run(
            [client, "-s", str(self.socket), "PING"], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() == "PONG"


def server() -> str:
    """Path of redis-server or valkey-server."""
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise RuntimeError("neither redis-server nor valkey-server is installed: run scripts/bootstrap")
    return found

"""A real Ethereum node for tests: anvil, from PATH or from its npm package in the cache.

npm checks what it fetches against the hash in the registry; nothing of the package is run but the
node itself.
"""

import fcntl
import http.client
import json
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.embedded.process import Running, wait_until

PACKAGE = "@foundry-rs/anvil-linux-amd64"
VERSION = "1.7.1"
START_SECONDS = 30


@dataclass(frozen=True)
class Anvil:
    """A node of one chain of its own, on a loopback port."""

    port: int

    def call(self, method: str, *parameters: object) -> Any:
        """Result of a JSON-RPC call; raises AssertionError with the node's words."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def is_ready(self) -> bool:
        try:
            return bool(self.call("eth_chainId"))
        except OSError:
            return False


@contextmanager
def running(directory: Path, *, cache: Path) -> Iterator[Anvil]:
    """A node with finality two blocks behind the tip, stopped at the end."""
    node, log = Anvil(_free_port()), directory / "anvil.log"
    command = [prepare(cache), "--host", "127.0.0.1", "--port", str(node.port), "--slots-in-an-epoch", "1"]
    with log.open("wb") as output:
        popen = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    process = Running("anvil", popen, log, signal.SIGTERM)
    try:
        wait_until(node.is_ready, seconds=START_SECONDS, what="anvil", process=process)
        yield node
    finally:
        process.stop()


def prepare(cache: Path) -> str:
    """Path of the program, fetched into ``cache`` when there is none."""
    found = shutil.which("anvil")
    if found is not None:
        return found
    root = cache / f"anvil-{VERSION}"
    program = root / "node_modules" / PACKAGE / "bin" / "anvil"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "anvil.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            if shutil.which("npm") is None:
                raise RuntimeError("no anvil in PATH and no npm to fetch it with: apt-get install npm")
            options = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--prefix", str(root)]
            subprocess.run(["npm", "install", *options, f"{PACKAGE}@{VERSION}"], check=True)
    return str(program)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])

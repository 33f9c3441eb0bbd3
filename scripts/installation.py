"""The demonstration installation below ``.local/demo``: start everything, remember how to reach it, stop it.

One supervisor at a time holds the lock; whoever finds it held uses the running services through
``world.json`` (addresses only, no secret).
"""

import fcntl
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from scripts.embedded import bitcoind, genesis
from scripts.embedded.layout import PROJECT, Layout
from scripts.embedded.process import StartError
from scripts.embedded.users import is_separated
from scripts.embedded.world import World, database_services, stop_all
from scripts.steps import Steps

STATE = PROJECT / ".local" / "demo"
REGTEST = "bip122:0f9188f13cb7b2c71f2a335e3a4fc328"
CACHE = PROJECT / ".local" / "cache"
_STEPS = 5
_STARTS = "custody: the demonstration world is not running; it is started for this command"
_MAKES = "custody: there is no demonstration world; an empty one is made for this command"


class Installation:
    """All processes of the demonstration world; use as a context manager."""

    def __init__(self, *, web_port: int | None = None) -> None:
        self.layout = Layout.create(STATE)
        self.postgres, self.redis = database_services(self.layout, durable=True)
        self.node = _node(self.layout)
        self.world = World(
            self.layout,
            self.postgres,
            self.redis,
            web_port=web_port or free_port(8000),
            extra={"CUSTODY_SHARED_DATA_DIR": str(PROJECT.parent / "shared" / "data")},
        )
        self._lock: IO[str] | None = None

    def __enter__(self) -> "Installation":
        self._lock = take_lock()
        try:
            self.start()
        except StartError as error:
            self.stop()
            raise SystemExit(f"custody: {error}") from None
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Bring everything up, in the order in which the parts need each other."""
        (STATE / "supervisor.pid").write_text(str(os.getpid()))
        # Standard output belongs to what the caller prints, which may be one JSON object.
        steps = Steps(_STEPS, sys.stderr)
        steps.begin("database and broker")
        self.postgres.start()
        self.redis.start()
        steps.begin(f"regtest node ({self.node.binary.version})")
        self.node.start()
        self.world.bitcoin_rpc = self.node.rpc_settings()
        steps.begin("tables")
        self.world.prepare_database()
        steps.begin("tokens, keys process, signer store")
        self.world.prepare_keys()
        self.world.prepare_signer(genesis.ensure_demo_genesis(self.layout))
        steps.begin("workers, signer, web")
        self.world.manage("collectstatic", "--no-input", "-v0")
        self.world.start_workers()
        self.world.start_web()
        self._remember()
        steps.end()

    @property
    def chain(self) -> str:
        """CAIP-2 id of the node's chain."""
        return REGTEST

    def stop(self) -> None:
        """Stop all in reverse; safe to call in any state."""
        try:
            stop_all(self.world.stop, self.node.stop, self.redis.stop, self.postgres.stop)
        finally:
            for name in ("supervisor.pid", "world.json"):
                (STATE / name).unlink(missing_ok=True)
            if self._lock:
                self._lock.close()

    def _remember(self) -> None:
        addresses = {"web_port": self.world.web_port, "node_port": self.node.port}
        (STATE / "world.json").write_text(json.dumps(addresses))


def _node(layout: Layout, *, port: int = 0) -> bitcoind.Node:
    return bitcoind.Node(
        directory=layout.state / "bitcoin",
        binary=bitcoind.prepare(CACHE),
        port=port,
        password=layout.secret("bitcoin_rpc", bitcoind.USER).read_text(),
    )


def take_lock() -> IO[str]:
    """Become the one supervisor of this state directory, or say who is."""
    STATE.mkdir(parents=True, exist_ok=True)
    file = (STATE / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise SystemExit("custody: the demonstration world is already running from this clone") from None
    return file


def free_port(preferred: int) -> int:
    """``preferred`` when it is free on loopback, else a free port."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("no free port on loopback")


def separation_note() -> str:
    """One line on what the separation of users proves here."""
    if is_separated():
        return "processes run as separate system users on one host (holds against non-root compromise only)"
    return "not proved: one user (start as root to run each process as a system user of its own)"


@contextmanager
def world_at_hand() -> Iterator[World]:
    """The world of a running supervisor, else one that is started, or made, for this call.

    A file that a killed supervisor left behind is no running world: its lock is free.
    """
    remembered = STATE / "world.json"
    if remembered.exists() and _is_locked(STATE / "lock"):
        yield attach(json.loads(remembered.read_text()))
        return
    print(_STARTS if remembered.parent.exists() else _MAKES, file=sys.stderr)
    with Installation() as installation:
        yield installation.world


def _is_locked(path: Path) -> bool:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def running_node() -> bitcoind.Node:
    """The node of the running demonstration world, as its owner reaches it."""
    remembered = STATE / "world.json"
    if not remembered.exists():
        raise SystemExit("custody: no demonstration world runs from this clone; start it with `make run`")
    return _node(Layout.create(STATE), port=json.loads(remembered.read_text())["node_port"])


def attach(addresses: dict[str, int]) -> World:
    """A handle on processes that another supervisor started."""
    layout = Layout.create(STATE)
    postgres, redis = database_services(layout, durable=True)
    node = _node(layout, port=addresses["node_port"])
    return World(layout, postgres, redis, web_port=addresses["web_port"], bitcoin_rpc=node.rpc_settings())

"""The live world of a test worker: real processes, committed rows, a database of its own.

Tests that involve a worker, the signer or the node use ``live``; they make clients of their own
and never flush. Rollback tests keep their empty database beside it; both share the keys process.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from scripts.embedded import bitcoind, genesis
from scripts.embedded.layout import PROJECT, Layout
from scripts.embedded.redis import Redis
from scripts.embedded.users import write_secret
from scripts.embedded.world import WEB_USER, World
from scripts.installation import free_port
from tests.harness import leaks
from tests.harness.databases import cluster, copy_database
from tests.harness.plugin import RUN_DIR, run_layout, worker_id

CACHE = PROJECT / ".local" / "cache"


@pytest.fixture(scope="session")
def own_world(django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """This worker's world with nothing started but the keys process; at its end its logs are searched."""
    layout = Layout.create(Path(os.environ[RUN_DIR]) / worker_id())
    write_secret(layout.state / "secrets" / "secret_key", os.environ["CUSTODY_SECRET_KEY"], WEB_USER)
    world = World(
        layout,
        cluster(),
        Redis(run_layout().state / "redis", run_layout().database_socket / "redis.sock"),
        profile="test",
        database=f"live_{worker_id()}",
        broker_database=0 if worker_id() == "main" else int(worker_id().removeprefix("gw")) + 1,
        extra={"CUSTODY_SHARED_DATA_DIR": str(PROJECT.parent / "shared" / "data")},
    )
    leaks.log_own_lines(layout.logs)
    world.prepare_keys()
    yield world
    secrets = _secrets_of(world, django_db_blocker)
    world.stop()
    found = list(leaks.search(_logs_of(layout), secrets))
    assert not found, "private data in logs:\n" + "\n".join(map(str, found))


def _secrets_of(world: World, blocker: DjangoDbBlocker) -> dict[str, str]:
    secrets = leaks.secrets_of_files(world.layout.state, run_layout().state)
    secrets["the password of the node"] = world.bitcoin_rpc.get("password", "")
    if "signer" in world.processes:  # the live database exists
        with point_at(world), blocker.unblock():
            secrets |= leaks.secrets_of_people()
    return secrets


def _logs_of(layout: Layout) -> list[Path]:
    """Logs of this world and of the services that all workers share."""
    return sorted([*layout.logs.glob("*.log"), *run_layout().logs.glob("*.log")])


@pytest.fixture(scope="session")
def node() -> Iterator[bitcoind.Node]:
    """A regtest node of this worker, with mature coins to spend."""
    node = bitcoind.Node(
        directory=Path(os.environ[RUN_DIR]) / worker_id() / "bitcoin", binary=bitcoind.prepare(CACHE)
    )
    node.start()
    yield node
    node.stop()


@pytest.fixture(scope="session")
def live_world(own_world: World, node: bitcoind.Node) -> World:
    """Database, signer, worker and beat of this worker, all running."""
    copy_database(own_world.database)
    own_world.bitcoin_rpc = node.rpc_settings()
    own_world.prepare_signer(genesis.ensure_demo_genesis(own_world.layout))
    own_world.start_workers()
    return own_world


@pytest.fixture(scope="session")
def live_web(live_world: World) -> World:
    """The live world with its web process as well, on a free port."""
    live_world.web_port = free_port(0)
    live_world.manage("collectstatic", "--no-input", "-v0")
    live_world.start_web()
    return live_world


@pytest.fixture
def live(live_world: World, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The live world, with Django's connection pointed at its committed database."""
    with point_at(live_world), django_db_blocker.unblock():
        yield live_world


class point_at:  # noqa: N801 - reads as a verb in `with point_at(world)`
    """Use the database, node and signer's public files of ``world`` inside the block."""

    def __init__(self, world: World) -> None:
        self._values = {
            "BITCOIN_RPC_URL": world.bitcoin_rpc.get("url", ""),
            "BITCOIN_RPC_USER": world.bitcoin_rpc.get("user", ""),
            "BITCOIN_RPC_PASSWORD": world.bitcoin_rpc.get("password", ""),
            "SIGNER_PUBLIC_DIR": world.layout.public,
            "CHECKPOINT_FILE": world.layout.public / "checkpoints.jsonl",
            "EXPORT_DIR": world.layout.web / "exports",
        }
        self._database = world.database
        self._before: dict[str, object] = {}

    def __enter__(self) -> None:
        connection.close()
        self._before = {name: getattr(settings, name) for name in self._values}
        self._before_database = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = self._database
        for name, value in self._values.items():
            setattr(settings, name, value)

    def __exit__(self, *_: object) -> None:
        connection.close()
        connection.settings_dict["NAME"] = self._before_database
        for name, value in self._before.items():
            setattr(settings, name, value)

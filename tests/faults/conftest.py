"""A world of its own to break: broker, signer, worker and beat besides the live world's.

It shares PostgreSQL (with a database of its own), the node and the keys process with this test
worker. Each test puts back what it took away; afterwards everything must run and the audit
record must be whole.
"""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from custody.vault import keyring
from scripts.embedded.bitcoind import Node
from scripts.embedded.genesis import ensure_demo_genesis
from scripts.embedded.layout import Layout
from scripts.embedded.redis import Redis
from scripts.embedded.users import write_secret
from scripts.embedded.world import WEB_USER, World
from tests.faults import stall
from tests.harness.databases import cluster, copy_database
from tests.harness.live import point_at
from tests.harness.live_deal import LiveCast, LiveDeal
from tests.harness.plugin import RUN_DIR

PROCESSES = {"signer", "witness", "worker", "beat"}


class send_to:  # noqa: N801 - reads as a verb in `with send_to(url)`
    """Send this process's messages to another broker inside the block."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        self._before = current_app.conf.broker_url
        self._use(self._url)

    def __exit__(self, *_: object) -> None:
        self._use(self._before)

    def _use(self, url: str) -> None:
        current_app.conf.update(broker_url=url, broker_read_url=url, broker_write_url=url)
        current_app.amqp._producer_pool = None  # type: ignore[attr-defined]
        current_app._pool = None  # type: ignore[attr-defined]


@pytest.fixture(scope="package")
def fragile_world(own_world: World, node: Node, worker: str) -> Iterator[World]:
    """Everything running, with the places to stall in its database."""
    layout = Layout.create(Path(os.environ[RUN_DIR]) / f"{worker}-faults")
    write_secret(layout.state / "secrets" / "secret_key", os.environ["CUSTODY_SECRET_KEY"], WEB_USER)
    world = World(
        layout,
        cluster(),
        Redis(layout.state / "redis", layout.database_socket / "redis.sock"),
        profile="test",
        database=copy_database(f"faults_{worker}"),
        bitcoin_rpc=node.rpc_settings(),
        extra={**own_world.extra, "CUSTODY_KEYS_SOCKET": str(own_world.layout.keys_socket)},
    )
    stall.install(world)
    world.redis.start()
    world.prepare_signer(ensure_demo_genesis(layout))
    world.start_workers()
    yield world
    for running in world.processes.values():
        running.kill()
    world.redis.stop()


@pytest.fixture
def fragile(fragile_world: World, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The world to break; afterwards everything runs and the record is whole."""
    with point_at(fragile_world), send_to(fragile_world.redis.url()), django_db_blocker.unblock():
        yield fragile_world
        keyring.forget_all()
        alive = {name for name, running in fragile_world.processes.items() if running.is_alive()}
        assert alive == PROCESSES
        call_command("verify_audit_log", stdout=io.StringIO())


class DealPool:
    """Funded deals nobody has touched, made several at a time."""

    BATCH = 6

    def __init__(self) -> None:
        self._cast: LiveCast | None = None
        self._deals: list[LiveDeal] = []
        self._made = 0

    def take(self, world: World, node: Node) -> LiveDeal:
        self._cast = self._cast or LiveCast.hire(world, node)
        if not self._deals:
            names = [f"faults {self._made + index}" for index in range(self.BATCH)]
            self._deals += self._cast.open_funded(*names)
            self._made += self.BATCH
        return self._deals.pop()


@pytest.fixture(scope="package")
def pool() -> DealPool:
    return DealPool()


@pytest.fixture
def deal(fragile: World, node: Node, pool: DealPool) -> LiveDeal:
    """A funded deal of its own."""
    return pool.take(fragile, node)

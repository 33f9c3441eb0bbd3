"""An escrow wallet on the node, with sanctions list, policy and signer identity in place."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connections
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from custody.common import clock, queue
from custody.compliance.samples import OFAC_SYNTHETIC
from custody.compliance.services import import_list
from custody.hsm.models import SignerIdentity
from custody.hsm.signer.store.router import ALIAS as STORE_ALIAS
from custody.policy.services import adopt_policy
from custody.wallets.models import ChainCursor
from scripts.embedded.bitcoind import Node
from scripts.embedded.world import World
from tests.harness.databases import copy_database
from tests.harness.live import point_at
from tests.signer.bench import Bench
from tests.signer.house import House
from tests.wallets.crashing import NoBroker
from tests.wallets.deals import ACTOR, AT, INSTANCE, POLICY, Escrow, start_at_tip
from tests.wallets.houses import HouseDesk

DEPTH = 3
# Methods that Django's test case guards on databases it does not know.
GUARDED = ("connect", "temporary_connection", "cursor", "chunked_cursor")


@pytest.fixture(autouse=True)
def _node_of_tests(request: pytest.FixtureRequest, settings: Settings) -> None:
    """Point the settings at the session's node where a test uses it; a short finality saves time."""
    settings.BITCOIN_FINALITY_DEPTH = DEPTH
    if "node" in request.fixturenames:
        values = request.getfixturevalue("node").rpc_settings()
        settings.BITCOIN_RPC_URL = values["url"]
        settings.BITCOIN_RPC_USER = values["user"]
        settings.BITCOIN_RPC_PASSWORD = values["password"]


@pytest.fixture
def live_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks read the clock themselves; it shows the moment of the tests."""
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def rules(db: None) -> None:
    """The synthetic list is in use, the genesis policy adopted, the signer known."""
    import_list(actor=ACTOR, source="ofac", path=OFAC_SYNTHETIC, at=AT)
    adopt_policy(actor=ACTOR, policy=POLICY, at=AT)
    SignerIdentity.objects.create(instance=INSTANCE, genesis="00" * 32, demo=True, policy=POLICY.to_bytes())


@pytest.fixture
def escrow(rules: None, node: Node, request: pytest.FixtureRequest) -> Escrow:
    """An unfunded escrow wallet; the monitor stands at the node's tip."""
    start_at_tip(node)
    return Escrow.open(node, mediator=f"mediator of {request.node.nodeid}")


@pytest.fixture
def funded(escrow: Escrow) -> Escrow:
    """The same with 1,000,000 satoshi at finality depth."""
    escrow.fund()
    return escrow


@pytest.fixture(scope="session")
def committed(own_world: World, node: Node, worker: str, django_db_blocker: DjangoDbBlocker) -> World:
    """A world whose rows are really committed, and that no worker looks at."""
    world = replace(own_world, database=copy_database(f"wallets_{worker}"), bitcoin_rpc=node.rpc_settings())
    with point_at(world), django_db_blocker.unblock():
        import_list(actor=ACTOR, source="ofac", path=OFAC_SYNTHETIC, at=AT)
        adopt_policy(actor=ACTOR, policy=POLICY, at=AT)
    return world


@pytest.fixture
def committed_escrow(
    committed: World,
    node: Node,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Escrow]:
    """A funded wallet in the committed world; messages go nowhere."""
    monkeypatch.setattr(queue, "_task", lambda name: NoBroker())
    with point_at(committed), django_db_blocker.unblock():
        if not ChainCursor.objects.exists():
            start_at_tip(node)
        escrow = Escrow.open(node, f"mediator of {request.node.nodeid}")
        escrow.fund()
        yield escrow


@pytest.fixture
def open_store(db: None) -> Iterator[None]:
    """Let a rollback test use the signer's store as well: it is a file of its own for each test."""
    store = connections[STORE_ALIAS]
    names = [name for name in GUARDED if hasattr(getattr(store, name), "wrapped")]
    guards = {name: getattr(store, name) for name in names}
    for name, guard in guards.items():
        setattr(store, name, guard.wrapped)
    yield
    for name, guard in guards.items():
        setattr(store, name, guard)


@pytest.fixture
def house_desk(rules: None, node: Node, open_store: None, bench: Bench) -> HouseDesk:
    """A treasurer at an empty wallet of the house, and the signer behind it."""
    start_at_tip(node)
    return HouseDesk.open(node, House(bench))


@pytest.fixture
def rich(house_desk: HouseDesk) -> HouseDesk:
    """The same with one coin of 1,000,000 satoshi at finality depth."""
    house_desk.fund(1_000_000)
    return house_desk

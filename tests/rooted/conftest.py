"""Two funded deals of the live world, an attacker, and the watch over coins and signatures."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_django.plugin import DjangoDbBlocker

from custody.common import clock
from custody.hsm import services
from scripts.embedded.bitcoind import Node
from scripts.embedded.world import World
from tests.harness.live import point_at
from tests.harness.live_deal import LiveCast, LiveDeal
from tests.harness.signer_store import spends_in_journal
from tests.harness.waiting import eventually
from tests.rooted.attacker import Attacker
from tests.rooted.officers import Officers

SMALL_COIN = 6_000


@pytest.fixture(scope="session")
def deals(live_world: World, node: Node, django_db_blocker: DjangoDbBlocker) -> tuple[LiveDeal, LiveDeal]:
    """A deal with untouched coins; and one that our key has signed for, with a second, small coin."""
    with point_at(live_world), django_db_blocker.unblock():
        cast = LiveCast.hire(live_world, node)
        untouched, signed = cast.open("rooted untouched").funded(), cast.open("rooted signed").funded()
        signed.awarded().pay(SMALL_COIN)
        return untouched, signed


@pytest.fixture
def untouched(deals: tuple[LiveDeal, LiveDeal]) -> LiveDeal:
    return deals[0]


@pytest.fixture
def signed(deals: tuple[LiveDeal, LiveDeal]) -> LiveDeal:
    return deals[1]


@pytest.fixture
def attacker(live: World) -> Attacker:
    return Attacker(live)


@pytest.fixture
def officers(live: World) -> Officers:
    """The officers at their consoles, and the thief's own key."""
    eventually(lambda: services.mirror_signer(at=clock.now()), what="identity of the signer")
    return Officers(live, Ed25519PrivateKey.generate())


@pytest.fixture(autouse=True)
def _nothing_moves(live: World, deals: tuple[LiveDeal, LiveDeal]) -> Iterator[None]:
    """Whatever a test tries: the same coins lie on the node, and the journal has no new spend."""
    before = [deal.coins() for deal in deals], spends_in_journal(live.layout.signer)
    yield
    assert ([deal.coins() for deal in deals], spends_in_journal(live.layout.signer)) == before
    assert [deal.spends() for deal in deals] == [[], []]

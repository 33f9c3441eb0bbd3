"""Keys kept as blobs, and addresses, under a rooted web: it can ask, and gets what officers allowed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.common import clock
from custody.common.ids import new_id
from custody.hsm import selectors, services
from custody.hsm.models import SigningKey
from custody.statements.address import AddressPayload
from custody.statements.one_time import DestroyKeyPayload, MakeKeyPayload
from custody.statements.request import Request
from custody.statements.trust.keys import KeyTemplate, WalletBinding
from scripts.embedded.world import World
from tests.harness.bitcoin import REGTEST
from tests.harness.waiting import eventually
from tests.rooted.attacker import Attacker, Refused
from tests.rooted.officers import Officers, carried

pytestmark = pytest.mark.xdist_group("live")

WALLET = "wal_01KAJ8S0000000000000000009"
DEAL = "deal_01KAJ8P0000000000000000009"


@pytest.fixture
def officers(live: World) -> Officers:
    eventually(lambda: services.mirror_signer(at=clock.now()), what="identity of the signer")
    return Officers(live, Ed25519PrivateKey.generate())


def make_request(wallet: str = WALLET) -> Request:
    return Request(
        id=new_id("req", at=clock.now()),
        instance=selectors.identity().instance,
        kind="KEY_MAKE",
        payload=MakeKeyPayload(wallet=wallet, index=0, ref=DEAL),
    )


# --- rule 15: classes of keys -----------------------------------------------------------------


def test_a_key_that_nobody_allowed(attacker: Attacker, officers: Officers) -> None:
    assert attacker.is_refused(make_request()) == Refused("no_key_template", "/payload/wallet")


def test_a_template_of_its_own(attacker: Attacker, officers: Officers) -> None:
    """The web allows itself ten thousand keys, in the words of every officer and by its own key."""
    now = clock.now().replace(microsecond=0)
    body = KeyTemplate(
        wallet=WalletBinding(wallet=WALLET, owner="HOUSE", chain=REGTEST, tier="HOT"),
        open_max=10_000,
        lifetime_seconds=86_400,
        settled_depth=1,
        dispute_seconds=0,
        valid_from=now,
        valid_until=now + timedelta(days=100),
    )
    document = officers.document("KEY_TEMPLATE", body, maker="security")
    names = ("security", "compliance", "deputy")
    words = [officers.says(name, document, by_thief=True) for name in names]
    assert attacker.is_refused(carried(document, *words)).rule == "bad_proof"
    assert attacker.is_refused(make_request()).rule == "no_key_template"


@pytest.mark.parametrize("purpose", ["mediator", "seal", "checkpoint", "attest"])
def test_ending_a_key_that_is_needed(attacker: Attacker, officers: Officers, purpose: str) -> None:
    request = replace(
        make_request(),
        kind="KEY_DESTROY",
        key=selectors.active_key(purpose).pk,
        payload=DestroyKeyPayload(ref=DEAL),
    )
    assert attacker.is_refused(request) == Refused("not_a_one_time_key", "/key")
    assert SigningKey.objects.get(pk=request.key).state == "ACTIVE"


# --- rule 17: addresses are issued by the signer ----------------------------------------------


def test_an_address_of_a_wallet_it_made_up(attacker: Attacker, officers: Officers) -> None:
    request = Request(
        id=new_id("req", at=clock.now()),
        instance=selectors.identity().instance,
        kind="ADDRESS",
        key=selectors.active_key("attest").pk,
        payload=AddressPayload(wallet=WALLET, index=3),
    )
    assert attacker.is_refused(request) == Refused("unknown_wallet", "/payload/wallet")

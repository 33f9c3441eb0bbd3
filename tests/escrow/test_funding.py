"""The address is opened when all three compared it outside; coins count at finality depth."""

import pytest
from pytest_django import Settings

from custody.audit.models import AuditEntry
from custody.common.errors import ForbiddenError, RefusedError
from custody.escrow import selectors, services
from custody.escrow.models import AddressConfirmation
from custody.escrow.states import State
from scripts.embedded.bitcoind import Node
from tests.cast import AT
from tests.escrow.stage import Stage
from tests.wallets.deals import start_at_tip


@pytest.fixture
def proven(stage: Stage) -> Stage:
    return stage.until(State.KEYS_PROVEN)


def test_the_checksum_is_that_of_the_descriptor_bitcoin_core_computes(proven: Stage, node: Node) -> None:
    terms = selectors.decode_terms(proven.version)
    keys = ",".join(sorted([terms.keys.buyer, terms.keys.merchant, terms.keys.mediator]))
    known = node.client().call("getdescriptorinfo", f"wsh(sortedmulti(2,{keys}))")
    assert services.descriptor_checksum(proven.version) == known["checksum"]


def test_two_of_three_do_not_open_the_address(proven: Stage) -> None:
    proven.confirm(proven.buyer.user)
    proven.confirm(proven.mediator)
    assert proven.deal.state == State.KEYS_PROVEN
    assert selectors.wallet_of(proven.deal) is None


def test_another_checksum_is_refused(proven: Stage) -> None:
    with pytest.raises(RefusedError) as error:
        proven.confirm(proven.buyer.user, "qqqqqqqq")
    assert (error.value.code, error.value.field) == ("checksum_differs", "checksum")
    assert not AddressConfirmation.objects.exists()


def test_a_role_confirms_once(proven: Stage) -> None:
    proven.confirm(proven.buyer.user)
    with pytest.raises(RefusedError) as error:
        proven.confirm(proven.buyer.user)
    assert error.value.code == "already_confirmed"


def test_an_officer_who_does_not_mediate_confirms_for_nobody(proven: Stage) -> None:
    with pytest.raises(ForbiddenError):
        proven.confirm(proven.officer)


@pytest.fixture
def awaiting(stage: Stage, node: Node, settings: Settings) -> Stage:
    start_at_tip(node)
    return stage.until(State.AWAITING_FUNDING)


def test_coins_count_from_finality_depth_on(awaiting: Stage, node: Node) -> None:
    node.fund(awaiting.address, 1_000_000)
    awaiting.mine(node, 2)
    assert awaiting.deal.state == State.AWAITING_FUNDING
    awaiting.mine(node, 1)
    assert awaiting.deal.state == State.FUNDED


def test_less_than_agreed_does_not_fund_the_deal(awaiting: Stage, node: Node) -> None:
    awaiting.fund(node, 999_999)
    assert awaiting.deal.state == State.AWAITING_FUNDING
    awaiting.fund(node, 10_000)
    assert awaiting.deal.state == State.FUNDED


def test_funding_is_noted_once(awaiting: Stage, node: Node) -> None:
    awaiting.fund(node)
    awaiting.mine(node, 1)
    assert AuditEntry.objects.filter(verb="escrow.deal.funded").count() == 1


def test_an_unknown_wallet_is_no_concern(stage: Stage) -> None:
    services.follow_funding(wallet_id="wal_unknown", at=AT)
    assert stage.deal.state == State.DRAFT

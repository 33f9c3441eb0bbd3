"""What the home page says is due about deals, to whom, and who is blocked."""

import pytest

from custody.accounts.models import User
from custody.escrow import services
from custody.escrow.states import State
from scripts.embedded.bitcoind import Node
from tests.cast import AT
from tests.escrow.office import address, due
from tests.escrow.stage import AMOUNT, Stage
from tests.escrow.test_holds import open_with_listed_merchant
from tests.wallets.deals import start_at_tip

pytestmark = pytest.mark.usefixtures("live_clock")


def may_act(user: User, rows: str) -> list[bool]:
    """For each row of this kind, whether ``user`` may act on it."""
    return [row.blocked == "" for row in due(user).get(rows, [])]


def test_nothing_is_due_while_the_parties_have_to_act(stage: Stage) -> None:
    assert due(stage.officer) == {}


def test_terms_are_due_once_both_have_joined(stage: Stage, auditor: User) -> None:
    stage.join()
    (row,) = due(stage.officer)["_terms"]
    assert (row.about, row.url, row.blocked) == (stage.deal_id, address(stage.deal_id), "")
    assert may_act(auditor, "_terms") == [False]
    stage.propose()
    assert due(stage.officer) == {}


def test_the_mediator_compares_the_address_once(stage: Stage) -> None:
    stage.until(State.KEYS_PROVEN)
    assert may_act(stage.mediator, "_addresses") == [True]
    assert may_act(stage.officer, "_addresses") == [False]
    stage.confirm(stage.mediator)
    assert due(stage.mediator) == {}


def test_a_held_deal_stands_on_everybodys_list(stage: Stage) -> None:
    held = open_with_listed_merchant(stage)
    rows = due(held.mediator)["_held"]
    assert held.deal_id in [row.about for row in rows]
    assert not any(may_act(held.mediator, "_held"))


def test_coins_in_a_block_are_shown_until_they_are_final(stage: Stage, node: Node) -> None:
    start_at_tip(node)
    stage.until(State.AWAITING_FUNDING)
    assert "_funding" not in due(stage.officer)
    node.fund(stage.address, AMOUNT)
    stage.mine(node, 1)
    assert may_act(stage.officer, "_funding") == [False]
    stage.mine(node, 2)
    assert stage.deal.state == State.FUNDED
    assert "_funding" not in due(stage.officer)


def test_a_dispute_waits_for_its_mediator(funded: Stage, second_mediator: User) -> None:
    services.open_dispute(actor=funded.buyer.user, deal_id=funded.deal_id, claim="Not delivered.", at=AT)
    assert may_act(funded.mediator, "_disputes") == [True]
    assert may_act(second_mediator, "_disputes") == [False]
    assert may_act(funded.officer, "_disputes") == [False]


def test_a_decision_waits_for_anybody_but_its_maker(funded: Stage, auditor: User) -> None:
    services.open_dispute(actor=funded.buyer.user, deal_id=funded.deal_id, claim="Not delivered.", at=AT)
    funded.decide()
    assert may_act(funded.officer, "_decisions") == [True]
    assert may_act(funded.mediator, "_decisions") == [False]
    assert may_act(auditor, "_decisions") == [False]
    assert "_disputes" not in due(funded.mediator)

"""A deal on stage, with list, policy and signer identity in place; the node only where it is used."""

import pytest
from pytest_django import Settings

from custody.accounts.models import User
from custody.accounts.roles import Role
from custody.escrow.states import State
from scripts.embedded.bitcoind import Node
from tests.cast import person
from tests.escrow.stage import Stage, open_stage
from tests.wallets.conftest import _node_of_tests, live_clock, rules  # noqa: F401 - fixtures
from tests.wallets.deals import start_at_tip


@pytest.fixture
def stage(
    rules: None,  # noqa: F811
    officer: User,
    mediator: User,
    buyer: User,
    merchant: User,
    request: pytest.FixtureRequest,
) -> Stage:
    """A deal just opened."""
    return open_stage(request.node.nodeid, officer=officer, mediator=mediator, buyer=buyer, merchant=merchant)


@pytest.fixture
def funded(stage: Stage, node: Node, settings: Settings) -> Stage:
    """A deal whose coins lie at the address, at finality depth."""
    start_at_tip(node)
    return stage.until(State.FUNDED, node=node)


@pytest.fixture
def second_mediator(db: None) -> User:
    """One of our mediators whom the parties did not agree on."""
    return person("other", Role.MEDIATOR)

"""Whole deals with everything real: worker, beat, signer with its token, and node."""

import pytest

from custody.accounts.models import User
from custody.accounts.roles import Role
from custody.accounts.services import link_person
from custody.chains.bitcoin.transaction import TxOutput, parse_transaction
from custody.common import clock
from custody.compliance.samples import OFAC_SYNTHETIC
from custody.compliance.services import import_list
from custody.escrow import selectors
from custody.escrow.services import propose_release
from custody.escrow.states import State
from custody.hsm import selectors as desk
from custody.hsm.services import mirror_signer
from custody.policy.services import adopt_policy
from custody.wallets import selectors as wallets
from scripts.embedded.bitcoind import Node
from scripts.embedded.genesis import people_of
from scripts.embedded.world import World
from tests.cast import person
from tests.escrow.stage import Stage, open_between
from tests.harness.bitcoin import is_valid_spend
from tests.harness.waiting import eventually

FINALITY_DEPTH = 6
ACTOR = "system:test"


@pytest.fixture
def stage(live: World, request: pytest.FixtureRequest) -> Stage:
    """A deal just opened in the running world, with people of its own."""
    eventually(lambda: mirror_signer(at=clock.now()), what="identity of the signer")
    import_list(actor=ACTOR, source="ofac", path=OFAC_SYNTHETIC, at=clock.now())
    adopt_policy(actor=ACTOR, policy=desk.identity().policy, at=clock.now())
    name = request.node.name.replace("_", "-")
    return open_between(
        request.node.nodeid,
        officer=person(f"officer-{name}", Role.COMPLIANCE_OFFICER, at=clock.now()),
        mediator=the_mediator(live),
        key=None,
        people=(person(f"buyer-{name}", at=clock.now()), person(f"merchant-{name}", at=clock.now())),
        at=clock.now(),
    )


def the_mediator(live: World) -> User:
    """The one account that belongs to the mediator of the genesis."""
    known = people_of(live.layout.state / "genesis.json")["mediator"]
    user = User.objects.filter(person=known).first()
    if user is None:
        user = person("live-mediator", Role.MEDIATOR, at=clock.now())
        link_person(actor=ACTOR, user=user, person=known, at=clock.now())
    return User.objects.get(pk=user.pk)


def reaches(stage: Stage, state: State) -> None:
    eventually(lambda: stage.deal.state == state, what=f"{state} from {stage.deal.state}")


def fund(stage: Stage, node: Node) -> None:
    """Play the agreement; the signer pins, proves and the monitor sees by themselves."""
    stage.join()
    stage.propose()
    for side in stage.sides:
        stage.sign(side)
    eventually(lambda: getattr(stage.version, "registration", None), what="registration of the terms")
    stage.give_nonces()
    for side in stage.sides:
        stage.prove(side)
    reaches(stage, State.KEYS_PROVEN)
    for user in (stage.buyer.user, stage.merchant.user, stage.mediator):
        stage.confirm(user)
    node.fund(stage.address, 1_000_000)
    node.mine(FINALITY_DEPTH)
    reaches(stage, State.FUNDED)


def is_collecting(stage: Stage, *signed: str) -> bool:
    """True when the PSBT is ready and carries the signatures of these keys."""
    payout = selectors.current_payout(stage.deal)
    attempt = wallets.attempt_of(payout.intent) if payout else None
    return (
        attempt is not None
        and payout is not None
        and (payout.intent.state == "SIGNING" and set(signed) <= wallets.signed_keys(attempt))
    )


def assert_valid_on_chain(stage: Stage) -> None:
    """Bitcoin Core's consensus code accepts every input of what was broadcast."""
    payout = selectors.current_payout(stage.deal)
    assert payout is not None
    attempt = wallets.attempt_of(payout.intent)
    assert attempt is not None
    spend = wallets.spend_of(attempt)
    spent = [TxOutput(item.amount, item.script_pubkey) for item in spend.inputs]
    assert is_valid_spend(parse_transaction(bytes(attempt.raw or b"")), spent)


def test_the_parties_release_the_coins(stage: Stage, node: Node) -> None:
    fund(stage, node)
    propose_release(actor=stage.buyer.user, deal_id=stage.deal_id, at=clock.now())
    eventually(lambda: is_collecting(stage), what="transaction to sign")
    for side in stage.sides:
        stage.give(side)
    reaches(stage, State.RELEASE_BROADCAST)
    assert_valid_on_chain(stage)
    node.mine(FINALITY_DEPTH)
    reaches(stage, State.RELEASED)


def test_a_dispute_is_awarded_to_the_merchant(stage: Stage, node: Node) -> None:
    fund(stage, node)
    stage.award()
    ours = stage.deal.mediator_public_key
    eventually(lambda: is_collecting(stage, ours), what="signature of the token")
    stage.give(stage.merchant)
    reaches(stage, State.AWARD_BROADCAST)
    assert_valid_on_chain(stage)
    node.mine(FINALITY_DEPTH)
    reaches(stage, State.RESOLVED)

"""Tasks: one step each, twice is once, and the sweep finds what lost messages were to start."""

import pytest

from custody.audit.models import AuditEntry
from custody.common import clock
from custody.common.errors import InvalidInputError
from custody.escrow import tasks
from custody.escrow.models import KeyPossession
from custody.escrow.states import State
from custody.wallets import services as wallets
from scripts.embedded.bitcoind import Node
from tests.cast import AT
from tests.escrow.sides import key_of
from tests.escrow.stage import Stage
from tests.wallets.deals import start_at_tip


@pytest.fixture(autouse=True)
def _clock_of_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


def test_the_sweep_takes_in_pinned_terms(stage: Stage) -> None:
    stage.until(State.TERMS_SIGNED).answer("TERMS")
    tasks.sweep()
    tasks.sweep()
    assert stage.version.registration.is_pinned


def test_the_sweep_takes_in_our_proof(stage: Stage) -> None:
    stage.until(State.TERMS_SIGNED).pin()
    stage.give_nonces()
    stage.answer("KEY_PROOF")
    tasks.sweep()
    tasks.sweep()
    assert KeyPossession.objects.get().role == "mediator"


def test_a_false_proof_is_refused_on_the_record_and_stops_no_other(stage: Stage) -> None:
    stage.until(State.TERMS_SIGNED).pin()
    stage.give_nonces()
    request = stage.answer("KEY_PROOF", key=key_of("attacker"))
    tasks.sweep()
    entry = AuditEntry.objects.get(verb="escrow.key_proof.apply.refused")
    assert entry.subject == request
    with pytest.raises(InvalidInputError):
        tasks.apply_key_proof(request_id=request)


def test_the_sweep_finds_coins_and_payouts(stage: Stage, node: Node) -> None:
    start_at_tip(node)
    stage.until(State.AWAITING_FUNDING)
    node.fund(stage.address, 1_000_000)
    node.mine(3)
    wallets.scan_chain(at=AT)
    tasks.sweep()
    assert stage.deal.state == State.FUNDED


def test_each_task_does_its_step(stage: Stage) -> None:
    stage.until(State.TERMS_SIGNED)
    tasks.apply_terms(request_id=stage.answer("TERMS"))
    stage.give_nonces()
    tasks.apply_key_proof(request_id=stage.answer("KEY_PROOF"))
    tasks.follow_funding(wallet_id="wal_unknown")
    tasks.follow_intent(intent_id="int_unknown")
    assert KeyPossession.objects.get().role == "mediator"

"""The same thing twice: messages delivered again and again, two people and two workers at once."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection

from custody.common import clock
from custody.common.errors import CustodyError
from custody.escrow.models import Payout
from custody.escrow.states import State
from custody.hsm.models import SigningRequest
from custody.hsm.services import wake_signer
from custody.wallets.models import TransferIntent, TxAttempt, UtxoLease
from custody.wallets.services import take_step
from custody.wallets.states import State as IntentState
from scripts.embedded.world import World
from tests.faults.payouts import PATH, finish, give_merchants_signature, happened_once, send
from tests.harness.live_deal import FINALITY_BLOCKS, LiveDeal
from tests.wallets.deals import path_of

pytestmark = pytest.mark.xdist_group("faults")

TIMES = 3
WITHOUT_IDS = (
    "wallets.scan_chain", "wallets.sweep_intents", "escrow.sweep", "hsm.sweep", "hsm.mirror_signer",
    "audit.link_entries", "hsm.request_checkpoints",
)  # fmt: skip


def at_once(*actions: Callable[[], object]) -> list[str]:
    """Run the actions in threads that start together; return "done" or the code of each refusal, sorted."""
    barrier, outcomes = Barrier(len(actions)), []

    def run(action: Callable[[], object]) -> None:
        barrier.wait()
        try:
            action()
            outcomes.append("done")
        except CustodyError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[action]) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def deliver_everything_again(deal: LiveDeal) -> None:
    """Every message of the path, several times over, whatever the deal's state."""
    requests = SigningRequest.objects.filter(subject__in=[deal.id, *intents_of(deal)])
    for _ in range(TIMES):
        for name in WITHOUT_IDS:
            send(name)
        send("escrow.follow_funding", wallet_id=deal.wallet.pk)
        for intent_id in intents_of(deal):
            for name in ("wallets.advance_intent", "wallets.broadcast", "escrow.follow_intent"):
                send(name, intent_id=intent_id)
        for request in requests:
            wake_signer(request.pk)
            send("hsm.collect_result", request_id=request.pk)
            send(FOLLOWERS[request.kind], request_id=request.pk)


FOLLOWERS = {
    "BTC_SPEND": "wallets.apply_signature",
    "TERMS": "escrow.apply_terms",
    "KEY_PROOF": "escrow.apply_key_proof",
}


def intents_of(deal: LiveDeal) -> list[str]:
    return list(Payout.objects.filter(deal=deal.id).values_list("intent_id", flat=True))


def test_every_message_of_the_path_delivered_many_times(fragile: World, deal: LiveDeal) -> None:
    deliver_everything_again(deal)
    deal.decided().confirm_decision()
    deliver_everything_again(deal)
    give_merchants_signature(deal)
    deliver_everything_again(deal)
    deal.wait_for(State.AWARD_BROADCAST)
    deliver_everything_again(deal)
    deal.mine()
    deliver_everything_again(deal)
    deal.mine(FINALITY_BLOCKS)
    deliver_everything_again(deal)
    deal.wait_for(State.RESOLVED)
    deliver_everything_again(deal)
    happened_once(deal)


def test_two_people_confirm_at_once(fragile: World, deal: LiveDeal) -> None:
    deal.decided()
    people = deal.cast.officer, deal.cast.reviewer, deal.cast.deputy
    outcomes = at_once(*(lambda person=person: deal.confirm_decision(person) for person in people))
    assert outcomes == ["done", "wrong_state", "wrong_state"]
    assert Payout.objects.filter(deal=deal.id).count() == 1
    finish(deal)


def test_two_workers_take_the_same_steps_at_once(fragile: World, deal: LiveDeal) -> None:
    """Without the real worker, so that each step is really taken by both at once."""
    fragile.processes["worker"].kill()
    deal.decided().confirm_decision()
    intent_id = deal.intent.pk

    def step() -> None:
        take_step(intent_id=intent_id, at=clock.now())

    while TransferIntent.objects.get(pk=intent_id).state != IntentState.SIGNING:
        assert set(at_once(step, step, step)) <= {"done", "illegal_transition"}
    assert TxAttempt.objects.filter(intent=intent_id).count() == 1
    assert UtxoLease.objects.filter(intent=intent_id).count() == 1
    assert SigningRequest.objects.filter(subject=intent_id).count() == 1
    assert path_of(deal.intent) == PATH[: PATH.index("SIGNING") + 1]
    fragile.start_worker()
    finish(deal)

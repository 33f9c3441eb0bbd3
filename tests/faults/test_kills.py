"""kill -9 in the middle of one award, at every place where something becomes durable.

Whatever the moment: the same frozen transaction goes on, it is signed for once, and once it is
on the chain. A seeded sample runs always, the whole matrix with ``-m long``.
"""

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from custody.wallets.models import TransferIntent, TxAttempt
from custody.wallets.states import State
from scripts.embedded.world import World
from tests.faults.payouts import PATH, finish, give_merchants_signature, nudge
from tests.faults.stall import RESULT, stalled
from tests.harness.live_deal import FINALITY_BLOCKS, LiveDeal

pytestmark = pytest.mark.xdist_group("faults")

SAMPLE = 4
# Where the worker writes: every state but the first, which the person who confirms writes.
PLACES = PATH[1:]
SAMPLED = random.Random(20261121).sample(PLACES, SAMPLE)  # noqa: S311 - a sample, not a secret


@pytest.mark.parametrize(
    "place", [pytest.param(place, marks=[] if place in SAMPLED else [pytest.mark.long]) for place in PLACES]
)
def test_the_worker_dies(fragile: World, deal: LiveDeal, place: str) -> None:
    """Before the commit of ``place``, so after the commit of everything before it."""
    deal.decided()
    with stalled(fragile, "worker", place) as stall:
        deal.confirm_decision()
        lead_to(fragile, deal, place)
        stall.reached()
        fragile.processes["worker"].kill()
        frozen = TxAttempt.objects.filter(intent=deal.intent).values_list("txid", "digests").first()
        stall.release()
    assert TransferIntent.objects.get(pk=deal.intent.pk).state != place
    fragile.start_worker()
    finish(deal)
    attempt = TxAttempt.objects.get(intent=deal.intent)
    assert frozen in (None, (attempt.txid, attempt.digests))


def lead_to(world: World, deal: LiveDeal, place: str) -> None:
    """Do what people and miners do before the worker comes to ``place``."""
    position = PATH.index(place)
    if position < PATH.index("SIGNED"):
        return
    with paused(world, "signer") if place == "SIGNED" else nothing():
        deal.wait_for_intent(State.SIGNING)
        if place == "SIGNED":
            deal.give(deal.stage.merchant)
        else:
            give_merchants_signature(deal)
    if position >= PATH.index("MINED"):
        nudge(deal)
        deal.wait_for_intent(State.BROADCAST, State.MINED)
        deal.cast.node.mine(1 if place == "MINED" else FINALITY_BLOCKS)


@contextmanager
def paused(world: World, process: str) -> Iterator[None]:
    """Let a process stand still inside the block."""
    pid = world.processes[process].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def nothing() -> Iterator[None]:
    yield


def test_the_signer_is_dead_when_it_is_asked(fragile: World, deal: LiveDeal) -> None:
    """The message waits in the broker, the request in its row."""
    fragile.processes["signer"].kill()
    deal.decided().confirm_decision()
    deal.wait_for_intent(State.SIGNING)
    fragile.start_signer()
    finish(deal)


def test_the_signer_dies_before_it_answers(fragile: World, deal: LiveDeal) -> None:
    """It has journalled, signed and verified; only the row is missing."""
    deal.decided()
    with stalled(fragile, "signer", RESULT) as stall:
        deal.confirm_decision()
        stall.reached()
        fragile.processes["signer"].kill()
        stall.release()
    assert not deal.signed_by_us
    fragile.start_signer()
    finish(deal)


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[] if seed < 2 else [pytest.mark.long]) for seed in range(12)]
)
def test_signer_and_worker_die_at_any_moment(fragile: World, deal: LiveDeal, seed: int) -> None:
    """No chosen place: both are killed some milliseconds after the decision."""
    deal.decided()
    deal.confirm_decision()
    moment = random.Random(seed).uniform(0, 0.6)  # noqa: S311 - a sample, not a secret
    wait_blindly(moment)
    for process in ("signer", "worker"):
        fragile.processes[process].kill()
    fragile.start_signer()
    fragile.start_worker()
    finish(deal)


def wait_blindly(seconds: float) -> None:
    """The one place where time itself is what is tried."""
    threading.Event().wait(seconds)

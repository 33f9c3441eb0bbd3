"""Tasks: one step each, refusals recorded once, lost messages made up for by the sweeper."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.celery import SCHEDULE, route
from custody.common import clock, queue
from custody.wallets import services, tasks
from custody.wallets.models import TransferIntent
from custody.wallets.services.transitions import note_problem
from custody.wallets.states import State
from tests.escrow.test_holds import clear
from tests.wallets.deals import Escrow, collected, drive, fresh, give
from tests.wallets.test_signing import answer, hold_deal

Wake = tuple[str, dict[str, Any]]


class Wakes:
    """Runs what a test does, and keeps what would be enqueued after its commit."""

    def __init__(self, capture: DjangoCaptureOnCommitCallbacks, monkeypatch: pytest.MonkeyPatch) -> None:
        self._capture = capture
        self.seen: list[Wake] = []
        monkeypatch.setattr(queue, "_task", self._task)

    def _task(self, name: str) -> Any:
        wakes = self.seen

        class Recorder:
            def apply_async(self, *, kwargs: dict[str, Any], countdown: float) -> None:
                wakes.append((name, kwargs))

        return Recorder()

    def of(self, task: Any, **ids: str) -> list[Wake]:
        """Run one task; return what it enqueued."""
        self.seen.clear()
        with self._capture(execute=True):
            task(**ids)
        return list(self.seen)


@pytest.fixture
def wakes(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, monkeypatch: pytest.MonkeyPatch
) -> Wakes:
    return Wakes(django_capture_on_commit_callbacks, monkeypatch)


def failures(intent: TransferIntent) -> list[str]:
    entries = AuditEntry.objects.filter(subject=intent.pk, verb__regex=r"\.(refused|failed)$")
    return list(entries.order_by("id").values_list("verb", flat=True))


def make_old(intent: TransferIntent) -> None:
    TransferIntent.objects.filter(pk=intent.pk).update(state_changed_at=clock.now() - timedelta(minutes=1))


def test_each_step_wakes_the_next(funded: Escrow, wakes: Wakes, live_clock: None) -> None:
    intent = funded.submit()
    path = []
    while ("wallets.advance_intent", {"intent_id": intent.pk}) in wakes.of(
        tasks.advance_intent, intent_id=intent.pk
    ):
        path.append(fresh(intent).state)
    assert path == ["POLICY_EVAL", "QUEUED", "PREPARED"]
    assert fresh(intent).state == State.SIGNING


def test_followers_hear_of_every_change(funded: Escrow, wakes: Wakes, live_clock: None) -> None:
    intent = funded.submit()
    assert ("escrow.follow_intent", {"intent_id": intent.pk}) in wakes.of(
        tasks.advance_intent, intent_id=intent.pk
    )


def test_followers_hear_of_payments_and_of_their_finality(escrow: Escrow, wakes: Wakes) -> None:
    wake = ("escrow.follow_funding", {"wallet_id": escrow.wallet.pk})
    escrow.node.fund(escrow.wallet.address, 1_000_000)
    escrow.node.mine()
    assert wake in wakes.of(tasks.scan_chain)
    escrow.node.mine()
    assert wake not in wakes.of(tasks.scan_chain)
    escrow.node.mine()
    assert wake in wakes.of(tasks.scan_chain)


def test_a_completed_payout_is_sent(funded: Escrow, wakes: Wakes, live_clock: None) -> None:
    intent = funded.collecting()
    give(intent, "buyer")
    assert ("wallets.broadcast", {"intent_id": intent.pk}) in wakes.of(lambda: give(intent, "merchant"))
    tasks.broadcast(intent_id=intent.pk)
    assert fresh(intent).state == State.BROADCAST


def test_the_answer_of_the_signer_is_applied(funded: Escrow, live_clock: None) -> None:
    intent = funded.collecting(needs_our_key=True)
    give(intent, "merchant")
    tasks.apply_signature(request_id=answer(intent, signer=funded.mediator))
    assert fresh(intent).state == State.SIGNED


def test_a_step_that_cannot_go_on_is_recorded_once(escrow: Escrow, live_clock: None) -> None:
    intent = escrow.submit()
    for _ in range(4):
        tasks.advance_intent(intent_id=intent.pk)
    assert (fresh(intent).state, fresh(intent).problem) == (State.POLICY_EVAL, "not_enough_coins")
    assert failures(intent) == ["wallets.intent.advance.refused"]


def test_a_problem_is_forgotten_with_the_next_step(escrow: Escrow, live_clock: None) -> None:
    intent = escrow.submit()
    tasks.advance_intent(intent_id=intent.pk)
    tasks.advance_intent(intent_id=intent.pk)
    escrow.fund()
    tasks.advance_intent(intent_id=intent.pk)
    assert (fresh(intent).state, fresh(intent).problem) == (State.QUEUED, "")


def test_a_node_that_is_gone_is_recorded_once_and_tried_again(
    funded: Escrow, settings: Settings, live_clock: None
) -> None:
    intent = funded.signed()
    url = settings.BITCOIN_RPC_URL
    settings.BITCOIN_RPC_URL = "http://127.0.0.1:9"
    tasks.scan_chain()
    tasks.broadcast(intent_id=intent.pk)
    tasks.advance_intent(intent_id=intent.pk)
    assert fresh(intent).problem == "node_unavailable"
    assert failures(intent) == ["wallets.intent.broadcast.failed"]
    settings.BITCOIN_RPC_URL = url
    tasks.advance_intent(intent_id=intent.pk)
    assert (fresh(intent).state, fresh(intent).problem) == (State.BROADCAST, "")


def test_a_hold_that_meets_the_signers_answer_is_recorded_once_and_ends(
    funded: Escrow, live_clock: None, officer: User, second_officer: User
) -> None:
    intent = funded.collecting(needs_our_key=True)
    hold_deal(funded)
    request = answer(intent, signer=funded.mediator)
    for _ in range(2):
        tasks.apply_signature(request_id=request)
        tasks.advance_intent(intent_id=intent.pk)
    assert (fresh(intent).state, fresh(intent).problem) == (State.SIGNING, "on_hold")
    assert failures(intent) == ["wallets.intent.advance.refused"]
    clear(officer, second_officer)
    tasks.advance_intent(intent_id=intent.pk)
    assert (fresh(intent).problem, len(collected(intent))) == ("", 1)


def test_a_silent_signer_is_a_problem_of_the_payment_until_it_answers(
    funded: Escrow, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = funded.collecting(needs_our_key=True)
    monkeypatch.setattr(clock, "now", lambda: intent.expires_at)
    for _ in range(2):
        tasks.advance_intent(intent_id=intent.pk)
    assert (fresh(intent).state, fresh(intent).problem) == (State.SIGNING, "signer_silent")
    assert failures(intent) == ["wallets.intent.advance.failed"]
    answer(intent, signer=funded.mediator)
    tasks.advance_intent(intent_id=intent.pk)
    assert (fresh(intent).problem, len(collected(intent))) == ("", 1)


def test_the_sweeper_wakes_what_has_stood_for_a_while(funded: Escrow, wakes: Wakes) -> None:
    old, young = funded.submit(), funded.submit()
    make_old(old)
    TransferIntent.objects.filter(pk=young.pk).update(state_changed_at=clock.now())
    assert wakes.of(tasks.sweep_intents) == [("wallets.advance_intent", {"intent_id": old.pk})]


@pytest.mark.parametrize("state", [State.BROADCAST, State.DENIED])
def test_the_sweeper_leaves_alone_what_others_move(funded: Escrow, wakes: Wakes, state: State) -> None:
    intent = (
        funded.sent()
        if state == State.BROADCAST
        else funded.submit(("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", 998_000))
    )
    drive(intent)
    make_old(intent)
    assert fresh(intent).state == state
    assert wakes.of(tasks.sweep_intents) == []


def test_the_sweeper_sends_again_what_waits_for_long(funded: Escrow, wakes: Wakes) -> None:
    intent = funded.sent()
    long_ago = clock.now() - tasks.RESEND_AGE
    TransferIntent.objects.filter(pk=intent.pk).update(state_changed_at=long_ago)
    assert wakes.of(tasks.sweep_intents) == [("wallets.broadcast", {"intent_id": intent.pk})]


def test_the_same_problem_is_new_once(escrow: Escrow) -> None:
    intent = escrow.submit()
    assert note_problem(intent_id=intent.pk, code="on_hold")
    assert not note_problem(intent_id=intent.pk, code="on_hold")
    assert note_problem(intent_id=intent.pk, code="node_unavailable")


@pytest.mark.parametrize("name", ["wallets.scan_chain", "wallets.sweep_intents"])
def test_beat_starts_monitor_and_sweeper(name: str) -> None:
    assert SCHEDULE[name] <= 10


@pytest.mark.parametrize("name", ["wallets.scan_chain", "wallets.broadcast"])
def test_work_with_the_node_has_its_own_queue(name: str) -> None:
    assert route(name) == {"queue": "chain"}


def test_scanning_twice_is_scanning_once(escrow: Escrow) -> None:
    escrow.fund()
    before = AuditEntry.objects.count()
    services.scan_chain(at=clock.now())
    assert AuditEntry.objects.count() == before

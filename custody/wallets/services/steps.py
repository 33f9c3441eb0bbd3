"""The next step of an intent by its state: what tasks and the sweeper call.

Each step locks, checks the state and acts once, so running one twice, or two at a time, is normal.
"""

from datetime import datetime
from typing import Protocol

from django.db import transaction

from custody.wallets import selectors
from custody.wallets.deferral import is_deferred
from custody.wallets.models import TransferIntent, TxAttempt
from custody.wallets.services.broadcast import broadcast_intent, is_out
from custody.wallets.services.decisions import approve_intent, decide_intent
from custody.wallets.services.facts import gather_facts
from custody.wallets.services.preparation import prepare_intent
from custody.wallets.services.screening import resume_intent, screen_intent
from custody.wallets.services.signing import collect_answer, start_signing
from custody.wallets.services.transitions import advance, lock_intent, refuse_while_held
from custody.wallets.states import OPEN, Event, State


class Step(Protocol):
    """One step of an intent."""

    def __call__(self, *, intent_id: str, at: datetime) -> None: ...


STEPS: dict[str, Step] = {
    State.SUBMITTED: screen_intent,
    State.COMPLIANCE_HOLD: resume_intent,
    State.POLICY_EVAL: decide_intent,
    State.PENDING_APPROVAL: approve_intent,
    State.QUEUED: prepare_intent,
    State.PREPARED: start_signing,
    State.SIGNING: collect_answer,
    State.SIGNED: broadcast_intent,
    State.BROADCASTING: broadcast_intent,
    State.REORGED: broadcast_intent,
}
# A mandate may need facts about the coins: for the decisions about it, and for the signer.
ASKS_WITNESS = frozenset({State.POLICY_EVAL, State.QUEUED, State.PREPARED})
EXPIRING = frozenset({*OPEN, State.PREPARED, State.SIGNING})
# Where something may be done without anybody from outside.
ACTIONABLE = frozenset({*STEPS, *EXPIRING, State.UNKNOWN})


def take_step(*, intent_id: str, at: datetime) -> None:
    """Do what comes next for the intent, if anything; raises what the step raises."""
    intent = selectors.get_intent(intent_id)
    if _is_over(intent, at=at):
        expire_intent(intent_id=intent_id, at=at)
        return
    if intent.state in ASKS_WITNESS:
        gather_facts(intent_id=intent_id, at=at)
    if intent.state == State.UNKNOWN:
        reconcile_intent(intent_id=intent_id, at=at)
    elif step := STEPS.get(intent.state):
        step(intent_id=intent_id, at=at)


@transaction.atomic
def expire_intent(*, intent_id: str, at: datetime) -> None:
    """End an intent whose time is over; one that parties may have signed waits for another spend."""
    intent = lock_intent(intent_id)
    if _is_over(intent, at=at):
        advance(intent_id=intent_id, event=Event.EXPIRED, at=at)


def _is_over(intent: TransferIntent, *, at: datetime) -> bool:
    """True past the intent's time, unless the signer was asked.

    Our key may have signed, and signs no other spend of these coins: the answer decides, and the
    party that completes the payout gets all the time it needs.
    """
    if intent.state not in EXPIRING or intent.expires_at > at:
        return False
    attempt = selectors.attempt_of(intent)
    return attempt is None or not attempt.signing_request or _waits_to_ask(intent, attempt)


def _waits_to_ask(intent: TransferIntent, attempt: TxAttempt) -> bool:
    """True when the signer was asked, refused and so has signed nothing."""
    return intent.state == State.PREPARED and is_deferred(attempt)


def reconcile_intent(*, intent_id: str, at: datetime) -> None:
    """Go on when the chain shows all coins of the attempt unspent; else wait for the monitor.

    Stored bytes are sent again; where there are none yet, signatures are collected again. Raises
    RefusedError ``on_hold`` for what is not out yet, and what sending raises.
    """
    with transaction.atomic():
        intent = lock_intent(intent_id)
        attempt = selectors.attempt_of(intent)
        if intent.state != State.UNKNOWN or attempt is None:
            return
        free = {coin.outpoint for coin in selectors.mined_utxos(intent.wallet)}
        if not set(attempt.outpoints) <= free:
            return
        if attempt.raw is None:
            advance(intent_id=intent_id, event=Event.REOPENED, at=at, payload={"attempt": attempt.pk})
            return
        if not is_out(intent, attempt):
            refuse_while_held(intent.wallet)
        advance(intent_id=intent_id, event=Event.SENDING, at=at, payload={"txid": attempt.txid})
    broadcast_intent(intent_id=intent_id, at=at)

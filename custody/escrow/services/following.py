"""Follows intents: what became of a payout moves the deal, whatever anybody wanted meanwhile."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from custody.escrow import selectors
from custody.escrow.models import Deal, Payout
from custody.escrow.services.gate import lock_deal, move
from custody.escrow.states import DEAL, ENDED, Event
from custody.wallets import selectors as wallets
from custody.wallets.models import TransferIntent
from custody.wallets.states import State as IntentState

WORKER = "system:worker"
# Only the current payout moves the deal by these.
_PROGRESS: Mapping[str, Event] = {
    **dict.fromkeys((IntentState.SIGNED, IntentState.BROADCASTING), Event.PAYOUT_SIGNED),
    **dict.fromkeys((IntentState.BROADCAST, IntentState.MINED), Event.PAYOUT_SENT),
    **dict.fromkeys(
        (
            IntentState.DENIED,
            IntentState.REJECTED,
            IntentState.EXPIRED,
            IntentState.CANCELLING,
            IntentState.CANCELLED,
        ),
        Event.PAYOUT_FAILED,
    ),
}
_END: Mapping[str, Event] = {
    Payout.Kind.RELEASE: Event.RELEASED,
    Payout.Kind.REFUND: Event.REFUNDED,
    Payout.Kind.AWARD: Event.RESOLVED,
}


@transaction.atomic
def follow_intent(*, intent_id: str, at: datetime) -> None:
    """Move the deal after its payout; twice is once, and intents of others are no concern."""
    payout = Payout.objects.filter(intent_id=intent_id).first()
    if payout is None:
        return
    deal = lock_deal(payout.deal_id)
    intent = TransferIntent.objects.get(pk=intent_id)
    event = _event(deal, payout, intent)
    if event is not None and (deal.state, event) in DEAL.table:
        move(deal, event, actor=WORKER, at=at, payload=_payload(intent))


def _event(deal: Deal, payout: Payout, intent: TransferIntent) -> Event | None:
    if deal.state in ENDED:
        return None
    if intent.state == IntentState.FINAL:
        # Also an older payout that was withdrawn too late: the chain has decided.
        return _END[payout.kind]
    return _PROGRESS.get(intent.state) if payout == selectors.current_payout(deal) else None


def _payload(intent: TransferIntent) -> dict[str, str]:
    attempt = wallets.attempt_of(intent)
    return {"intent": intent.pk, "intent_state": intent.state} | ({"txid": attempt.txid} if attempt else {})

"""T2, second half: the policy decides, with the transaction that would be made as facts."""

from datetime import datetime

from django.db import transaction

from custody.common.errors import RefusedError
from custody.common.queue import enqueue_on_commit
from custody.policy.facts import bitcoin_spend
from custody.policy.services import record_decision
from custody.wallets import selectors
from custody.wallets.models import TransferIntent
from custody.wallets.services.assembly import Assembled, assemble
from custody.wallets.services.transitions import WORKER, advance, lock_intent
from custody.wallets.states import Event


@transaction.atomic
def decide_intent(*, intent_id: str, at: datetime) -> None:
    """Evaluate the policy and store the decision with its facts; a denial ends the intent.

    Raises RefusedError while coins are missing.
    """
    intent = lock_intent(intent_id)
    if selectors.is_held(intent.wallet):
        advance(intent_id=intent_id, event=Event.HELD, at=at)
        return
    assembled = assemble(intent.wallet, selectors.document_of(intent))
    if not is_allowed(intent, assembled, at=at):
        return
    advance(intent_id=intent_id, event=Event.ALLOWED, at=at)
    advance(intent_id=intent_id, event=Event.QUEUED, at=at)
    enqueue_on_commit("wallets.advance_intent", intent_id=intent_id)


def is_allowed(intent: TransferIntent, assembled: Assembled, *, at: datetime) -> bool:
    """Store the decision about this very transaction; on a denial end the intent and return False."""
    facts = bitcoin_spend(
        intent=selectors.document_of(intent),
        terms=selectors.terms_of(intent.wallet),
        spend=assembled.spend,
    )
    try:
        decision = record_decision(actor=WORKER, facts=facts, at=at)
    except RefusedError as error:
        if error.code != "policy_changed":
            raise
        advance(intent_id=intent.pk, event=Event.DENIED, at=at, payload={"code": error.code})
        return False
    if decision.outcome == "DENY":
        advance(intent_id=intent.pk, event=Event.DENIED, at=at, payload={"decision": decision.pk})
        return False
    return True

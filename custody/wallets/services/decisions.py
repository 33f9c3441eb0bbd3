"""T2, second half: the policy decides, with the transaction that would be made as facts."""

from datetime import datetime

from django.db import transaction

from custody.common.errors import RefusedError
from custody.common.queue import enqueue_on_commit
from custody.policy.selectors import current_version, latest_decision
from custody.policy.services import record_decision
from custody.policy.trace import Outcome
from custody.wallets import selectors
from custody.wallets.handed_in import approvals_of
from custody.wallets.house import mandate_of
from custody.wallets.models import TransferIntent
from custody.wallets.services.assembly import Assembled, assemble
from custody.wallets.services.transitions import WORKER, advance, lock_intent
from custody.wallets.spend_facts import denied_payees, spend_facts
from custody.wallets.states import Event, State


@transaction.atomic
def decide_intent(*, intent_id: str, at: datetime) -> None:
    """Evaluate the policy and store the decision with its facts; a denial ends the intent.

    Where nothing but approvals is missing the intent waits for them. Raises RefusedError while coins
    are missing.
    """
    intent = lock_intent(intent_id)
    if intent.state not in {State.POLICY_EVAL, State.PENDING_APPROVAL}:
        return
    if selectors.is_held(intent.wallet):
        advance(intent_id=intent_id, event=Event.HELD, at=at)
        return
    outcome = judge(intent, assemble(intent), at=at)
    if outcome == "REQUIRE" and intent.state == State.POLICY_EVAL:
        advance(intent_id=intent_id, event=Event.APPROVALS_NEEDED, at=at)
    elif outcome == "ALLOW":
        advance(intent_id=intent_id, event=Event.ALLOWED, at=at)
        advance(intent_id=intent_id, event=Event.QUEUED, at=at)
        enqueue_on_commit("wallets.advance_intent", intent_id=intent_id)


def approve_intent(*, intent_id: str, at: datetime) -> None:
    """Decide again once there is something new; what decide_intent raises."""
    intent = selectors.get_intent(intent_id)
    if intent.state == State.PENDING_APPROVAL and _has_news(intent):
        decide_intent(intent_id=intent_id, at=at)


def judge(intent: TransferIntent, assembled: Assembled, *, at: datetime) -> Outcome:
    """Store the decision about this very transaction; on DENY end the intent.

    REQUIRE also while the maker of a payment out of our own wallet has not signed for the making.
    """
    facts = spend_facts(intent, assembled.spend, at=at)
    if mandate_of(facts.intent) and facts.mandate is None:
        advance(intent_id=intent.pk, event=Event.DENIED, at=at, payload={"code": "no_such_mandate"})
        return "DENY"
    if denied_payees(intent):
        advance(intent_id=intent.pk, event=Event.DENIED, at=at, payload={"code": "payee_denied"})
        return "DENY"
    try:
        decision = record_decision(actor=WORKER, facts=facts, at=at)
    except RefusedError as error:
        if error.code != "policy_changed":
            raise
        advance(intent_id=intent.pk, event=Event.DENIED, at=at, payload={"code": error.code})
        return "DENY"
    if decision.outcome == "DENY":
        advance(intent_id=intent.pk, event=Event.DENIED, at=at, payload={"decision": decision.pk})
        return "DENY"
    if decision.outcome == "REQUIRE" or not maker_has_signed(intent, at=at):
        return "REQUIRE"
    return "ALLOW"


def maker_has_signed(intent: TransferIntent, *, at: datetime) -> bool:
    """True where no person has to: payouts of escrows, and what a mandate makes."""
    document = selectors.document_of(intent)
    if not intent.wallet.is_house or mandate_of(document):
        return True
    return document.maker in {item.statement.person for item in approvals_of(intent, at=at)}


def _has_news(intent: TransferIntent) -> bool:
    """An approval since the last decision, another policy, or a hold."""
    decision = latest_decision(intent.pk)
    if decision is None or selectors.is_held(intent.wallet):
        return True
    if selectors.document_of(intent).policy != current_version().hash:
        return True
    return intent.approvals.filter(created_at__gte=decision.decided_at).exists()

"""Takes in what people said about an intent with ``approve``; whose word suffices the signer judges."""

from datetime import datetime

from django.db import transaction

from custody.accounts.models import User
from custody.accounts.permissions import access, require_right
from custody.accounts.roles import Right
from custody.audit.services import record
from custody.common import canonical
from custody.common.errors import RefusedError
from custody.common.queue import enqueue_on_commit
from custody.hsm.selectors import offline_signer
from custody.hsm.trust.proving import check_proof
from custody.statements.approval import Subject
from custody.statements.handed import About, read_approval
from custody.wallets import selectors
from custody.wallets.models import TransferApproval, TransferIntent, Wallet
from custody.wallets.services.intents import cancel_intent
from custody.wallets.services.transitions import lock_intent
from custody.wallets.states import OPEN, State

FIELD = "approval"
# Later the signer has what it needs, or has ended the matter.
TAKING = frozenset({*OPEN, State.PREPARED})


@transaction.atomic
def hand_in_approval(*, actor: User, intent_id: str, data: bytes, at: datetime) -> TransferApproval:
    """Keep an approval of this very intent; the same one twice is once, a REJECT ends the intent.

    Raises ForbiddenError, NotFoundError, RefusedError ``not_collecting``, InvalidInputError
    ``bad_approval`` for what is no approval, and ``approval_of_another_subject``, ``policy_changed``,
    ``statement_outlives_subject`` or ``expired`` for one that cannot count, and what ``check_proof``
    raises for one that nobody has given.
    """
    intent = selectors.get_intent(intent_id)
    access(actor, Wallet.objects.all(), intent.wallet_id, Right.VIEW_WALLET)
    require_right(actor, Right.HAND_IN_APPROVAL)
    approval = read_approval(data, field=FIELD)
    statement = approval.statement
    intent = lock_intent(intent_id)
    known = intent.approvals.filter(statement=statement.hash).first()
    if known is not None:
        return known
    if intent.state not in TAKING:
        raise RefusedError("no approvals are taken now", code="not_collecting")
    document = selectors.document_of(intent)
    subject = Subject(format="custody/intent/v1", hash=document.hash)
    about = About(subject, document.instance, document.policy, document.expires_at)
    about.check(statement, at=at, field=FIELD)
    check_proof(approval, field=FIELD, at=at, of=offline_signer(instance=document.instance))
    row = TransferApproval.objects.create(
        intent=intent,
        person=statement.person,
        verdict=statement.verdict,
        statement=statement.hash,
        body=canonical.encode(approval.to_json()),
        expires_at=statement.expires_at,
        created_at=at,
    )
    payload = {"person": statement.person, "verdict": statement.verdict, "statement": statement.hash}
    record(verb="wallets.approval.handed_in", actor=actor, subject=intent_id, payload=payload, at=at)
    _follow(intent, row, actor=actor, at=at)
    return row


def _follow(intent: TransferIntent, row: TransferApproval, *, actor: User, at: datetime) -> None:
    if row.verdict == TransferApproval.Verdict.REJECT:
        cancel_intent(actor=actor, intent_id=intent.pk, reason="rejected", at=at)
    else:
        enqueue_on_commit("wallets.advance_intent", intent_id=intent.pk)

"""Hands a draft with its approvals to the signer, and takes in the answer."""

from datetime import datetime

from django.db import transaction

from custody.accounts.models import User
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.common import clock
from custody.common.errors import RefusedError
from custody.hsm import services
from custody.hsm.models import TrustDraft
from custody.hsm.selectors import result_of
from custody.hsm.trust.approvals import usable
from custody.hsm.trust.drafting import document_of, is_overtaken, lock_draft, move, settle_documents
from custody.hsm.trust.stops import lift_after_restart
from custody.hsm.trust_states import Event
from custody.statements.result import Result
from custody.statements.trust import ApprovedTrustDocument
from custody.statements.trust.holds import Restart, Veto

SIGNER = "system:signer"


@transaction.atomic
def submit_document(*, actor: User, draft_id: str, at: datetime) -> TrustDraft:
    """Ask the signer to accept the draft with every approval it may still take.

    Raises ForbiddenError, NotFoundError, IllegalTransitionError when the signer has it already,
    RefusedError ``document_expired``, ``overtaken`` or ``maker_missing``: what the signer would
    refuse for certain.
    """
    require_right(actor, Right.DRAFT_TRUST)
    draft = lock_draft(draft_id)
    approvals = tuple(usable(draft, at=at))
    _check(draft, {approval.statement.person for approval in approvals}, at=at)
    document = ApprovedTrustDocument(document=document_of(draft), approvals=approvals)
    request = services.submit_request(
        actor=actor, kind="TRUST", subject=draft.hash, documents=[document], at=at
    )
    draft.request, draft.rule, draft.culprit = request.pk, "", ""
    return move(draft, Event.SUBMITTED, actor=actor, at=at, request=request.pk, approvals=len(approvals))


@transaction.atomic
def apply_answer(*, request_id: str, at: datetime) -> None:
    """Take in what the signer said about the document of a request; run twice it changes nothing."""
    draft = TrustDraft.objects.select_for_update().filter(request=request_id, state="SUBMITTED").first()
    result = result_of(request_id)
    if draft is None or result is None:
        return
    if result.outcome == "REFUSED":
        draft.rule, draft.culprit = result.rule or "", result.culprit or ""
        move(draft, Event.REFUSED, actor=SIGNER, at=at, rule=draft.rule)
        return
    draft.activates_at = _activates_at(result)
    event = Event.DEFERRED if draft.activates_at > at else Event.ACCEPTED
    move(draft, event, actor=SIGNER, at=at, activates_at=clock.write_time(draft.activates_at))
    _follow(draft, at=at)


def settle(*, at: datetime) -> int:
    """What time and lost messages left open; returns how many documents were looked at."""
    submitted = list(TrustDraft.objects.filter(state="SUBMITTED").values_list("request", flat=True))
    for request_id in submitted:
        apply_answer(request_id=request_id, at=at)
    return len(submitted) + settle_documents(at=at)


def _check(draft: TrustDraft, people: set[str], *, at: datetime) -> None:
    if draft.expires_at <= at:
        raise RefusedError("the time of this document is over", code="document_expired")
    if is_overtaken(draft):
        raise RefusedError("another document of this stream was accepted meanwhile", code="overtaken")
    if draft.maker not in people:
        raise RefusedError("the maker's own approval is missing", code="maker_missing")


def _activates_at(result: Result) -> datetime:
    entry = next(entry for entry in result.entries if entry.kind == "TRUST")
    return clock.read_time(entry.body["activates_at"])


def _follow(draft: TrustDraft, *, at: datetime) -> None:
    """What an accepted document does to others of ours."""
    match document_of(draft).body:
        case Veto(document=vetoed):
            waiting = TrustDraft.objects.select_for_update().filter(hash=vetoed, state="WAITING").first()
            if waiting is not None:
                move(waiting, Event.VETOED, actor=SIGNER, at=at, veto=draft.hash)
        case Restart(kill=kill):
            lift_after_restart(kill, restart=draft.hash, at=at)

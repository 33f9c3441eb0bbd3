"""A dispute: opened by a party, argued with statements and evidence of all three roles."""

from datetime import datetime

from django.db import IntegrityError, transaction

from custody.accounts.models import User
from custody.common.errors import InvalidInputError, RefusedError
from custody.common.ids import new_id
from custody.documents.services import store_document
from custody.escrow.models import Deal, Dispute, Evidence, Statement
from custody.escrow.permissions import access_participant, access_role
from custody.escrow.services.gate import lock_open_deal, move, note
from custody.escrow.services.payouts import cancel_payout
from custody.escrow.states import Event, State

MAX_TEXT = 20_000
MAX_NAME = 200


@transaction.atomic
def open_dispute(*, actor: User, deal_id: str, claim: str, at: datetime) -> Dispute:
    """Ask the mediator to decide; a release that is not signed by both is withdrawn.

    Raises NotFoundError, RefusedError ``compliance_hold`` or ``wrong_state``, InvalidInputError.
    """
    participant = access_participant(actor, deal_id)
    deal = lock_open_deal(deal_id, State.FUNDED, State.RELEASE_PROPOSED)
    if deal.state == State.RELEASE_PROPOSED:
        cancel_payout(deal, actor=actor, reason="disputed", at=at)
    dispute = Dispute.objects.create(
        id=new_id("dis", at=at), deal=deal, opened_by=participant.role, opened_at=at
    )
    payload = {"dispute": dispute.pk, "role": participant.role}
    move(deal, Event.DISPUTE_OPENED, actor=actor, at=at, payload=payload)
    _say(deal, dispute, actor=actor, role=participant.role, text=claim, at=at)
    return dispute


@transaction.atomic
def add_statement(*, actor: User, deal_id: str, text: str, at: datetime) -> Statement:
    """Say something in an open dispute, for a party or as mediator.

    Raises NotFoundError, RefusedError of the gate, InvalidInputError ``bad_text``.
    """
    role = access_role(actor, deal_id)
    deal = lock_open_deal(deal_id, State.DISPUTE_OPEN)
    return _say(deal, standing_dispute(deal), actor=actor, role=role, text=text, at=at)


@transaction.atomic
def add_evidence(
    *, actor: User, deal_id: str, name: str, content: bytes, media_type: str, at: datetime
) -> Evidence:
    """Hand in a file; it is kept encrypted under its SHA-256 and cannot be taken back.

    Raises NotFoundError, RefusedError of the gate or ``evidence_known``, InvalidInputError.
    """
    role = access_role(actor, deal_id)
    deal = lock_open_deal(deal_id, State.DISPUTE_OPEN)
    sha256 = store_document(actor=actor, subject=deal.pk, content=content, media_type=media_type, at=at)
    evidence = Evidence(
        id=new_id("evi", at=at),
        deal=deal,
        dispute=standing_dispute(deal),
        role=role,
        user=actor,
        sha256=sha256,
        name=_checked(name, limit=MAX_NAME, field="name"),
        handed_in_at=at,
    )
    try:
        with transaction.atomic():
            evidence.save(force_insert=True)
    except IntegrityError:
        raise RefusedError("this file has been handed in", code="evidence_known", field="content") from None
    note(deal, "evidence_added", actor=actor, at=at, payload={"role": role, "sha256": sha256})
    return evidence


def standing_dispute(deal: Deal) -> Dispute:
    """The dispute opened last; raises RefusedError ``wrong_state`` when there never was one."""
    dispute = deal.disputes.order_by("-opened_at", "-pk").first()
    if dispute is None:
        raise RefusedError("there is no dispute", code="wrong_state")
    return dispute


def _say(deal: Deal, dispute: Dispute, *, actor: User, role: str, text: str, at: datetime) -> Statement:
    statement = Statement(
        id=new_id("stm", at=at),
        deal=deal,
        dispute=dispute,
        role=role,
        user=actor,
        text=_checked(text, limit=MAX_TEXT, field="text"),
        made_at=at,
    )
    statement.save(force_insert=True)
    note(deal, "statement_made", actor=actor, at=at, payload={"role": role, "statement": statement.pk})
    return statement


def _checked(text: str, *, limit: int, field: str) -> str:
    cleaned = text.strip()
    if not 0 < len(cleaned) <= limit:
        raise InvalidInputError(f"a text has 1 to {limit} characters", code="bad_text", field=field)
    return cleaned

"""Four eyes over a hit: one officer decides with a reason, another confirms or returns.

Holds end only with a confirmed false positive. A confirmed match keeps them: what stands still
then is a matter for the authorities, not for this program.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.audit.services import record
from custody.common.errors import InvalidInputError, NotFoundError, RefusedError
from custody.compliance.models import Disposition, Hit, Hold
from custody.compliance.services.locks import lock_hits

MIN_REASON = 10
MAX_REASON = 4_000


@transaction.atomic
def decide_hit(*, actor: User, hit_id: str, outcome: str, reason: str, at: datetime) -> Disposition:
    """Propose what a hit is; a second officer has to confirm before anything follows from it.

    Raises ForbiddenError, NotFoundError, InvalidInputError for outcome or reason, RefusedError
    ``already_decided`` while a decision stands.
    """
    require_right(actor, Right.DECIDE_HIT)
    if outcome not in Disposition.Outcome.values:
        raise InvalidInputError("not an outcome", code="bad_outcome", field="outcome")
    decision = Disposition(
        hit=_hit(hit_id), outcome=outcome, reason=_checked_reason(reason), officer=actor, decided_at=at
    )
    disposition = _insert(decision)
    _record("compliance.hit.decided", disposition, actor=actor, at=at)
    return disposition


@transaction.atomic
def confirm_hit(*, actor: User, hit_id: str, factor: FreshFactor, at: datetime) -> Disposition:
    """Confirm the decision of another officer; a false positive ends the holds of the hit.

    ``factor`` comes from accounts.otp.require_fresh_totp. Raises ForbiddenError, NotFoundError,
    RefusedError ``same_officer`` or ``nothing_to_confirm``.
    """
    disposition = _close(actor=actor, hit_id=hit_id, factor=factor, state=Disposition.State.CONFIRMED, at=at)
    if disposition.outcome == Disposition.Outcome.FALSE_POSITIVE:
        Hold.objects.filter(hit_id=hit_id, ended_at=None).update(ended_at=at, ended_by=disposition)
    _record("compliance.hit.confirmed", disposition, actor=actor, at=at)
    return disposition


@transaction.atomic
def return_hit(*, actor: User, hit_id: str, factor: FreshFactor, at: datetime) -> Disposition:
    """Disagree with the decision of another officer: the hit is open again, its holds stand.

    Raises like ``confirm_hit``.
    """
    disposition = _close(actor=actor, hit_id=hit_id, factor=factor, state=Disposition.State.RETURNED, at=at)
    _record("compliance.hit.returned", disposition, actor=actor, at=at)
    return disposition


def _close(
    *, actor: User, hit_id: str, factor: FreshFactor, state: Disposition.State, at: datetime
) -> Disposition:
    require_right(actor, Right.DECIDE_HIT)
    factor.check(actor=actor, at=at)
    hit = _hit(hit_id)
    lock_hits([hit.pk])
    standing = hit.dispositions.select_for_update().filter(state=Disposition.State.PROPOSED)
    disposition = standing.first()
    if disposition is None:
        raise RefusedError("there is no decision to confirm", code="nothing_to_confirm")
    if disposition.officer_id == actor.pk:
        raise RefusedError("another officer has to confirm", code="same_officer")
    disposition.state, disposition.second_officer, disposition.closed_at = state, actor, at
    disposition.save(update_fields=["state", "second_officer", "closed_at"])
    return disposition


def _hit(hit_id: str) -> Hit:
    hit = Hit.objects.filter(pk=hit_id).first()
    if hit is None:
        raise NotFoundError("not found")
    return hit


def _insert(disposition: Disposition) -> Disposition:
    """Save a new decision; the database allows one standing decision per hit."""
    try:
        with transaction.atomic():
            disposition.save(force_insert=True)
    except IntegrityError:
        raise RefusedError("the hit has been decided", code="already_decided") from None
    return disposition


def _checked_reason(reason: str) -> str:
    text = reason.strip()
    if not MIN_REASON <= len(text) <= MAX_REASON:
        raise InvalidInputError(
            f"a reason has {MIN_REASON} to {MAX_REASON} characters", code="bad_reason", field="reason"
        )
    return text


def _record(verb: str, disposition: Disposition, *, actor: User, at: datetime) -> None:
    payload = {"disposition": str(disposition.pk), "outcome": str(disposition.outcome)}
    record(verb=verb, actor=actor, subject=disposition.hit_id, payload=payload, at=at)

"""The kill switch: stops spends on the web side at once, and drafts the KILL that the signer obeys.

Ours is lifted by two people, or by the restart that the signer accepts, which takes two as well. As
long as a kill of the signer stands, ours stands too: going on would only collect refusals.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from custody.accounts.models import User
from custody.accounts.otp import FreshFactor
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.audit import services as audit
from custody.common.errors import CustodyError, InvalidInputError, NotFoundError, RefusedError
from custody.common.ids import new_id
from custody.hsm.models import SigningStop, TrustDraft
from custody.hsm.standing import standing
from custody.hsm.trust.drafting import draft_document
from custody.statements.trust.holds import Kill

WORDS = frozenset({"KILL", "STOPP"})
MAX_REASON = 500


@transaction.atomic
def stop_signing(*, actor: User, word: str, reason: str, at: datetime) -> SigningStop:
    """Throw the switch: from now on no spend is handed to the signer.

    ``word``: KILL or STOPP, as typed. Raises ForbiddenError, InvalidInputError ``not_confirmed`` or
    ``bad_reason``, RefusedError ``already_stopped``.
    """
    require_right(actor, Right.STOP_SIGNING)
    if word.strip() not in WORDS:
        raise InvalidInputError("type KILL or STOPP", code="not_confirmed", field="word")
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= MAX_REASON:
        raise InvalidInputError("a reason is needed", code="bad_reason", field="reason")
    stop = SigningStop(
        id=new_id("stp", at=at),
        reason=reason,
        stopped_by=actor,
        stopped_at=at,
        draft=_kill_document(actor, reason, at=at),
    )
    try:
        with transaction.atomic():
            stop.save(force_insert=True)
    except IntegrityError:
        raise RefusedError("signing is stopped already", code="already_stopped") from None
    document = {"document": stop.draft.hash} if stop.draft else {}
    audit.record(verb="hsm.signing.stopped", actor=actor, subject=stop.pk, payload=document, at=at)
    return stop


@transaction.atomic
def ask_to_lift(*, actor: User, stop_id: str, factor: FreshFactor, at: datetime) -> SigningStop:
    """The first of two people wants spends to go on. Raises what ``_to_lift`` raises."""
    stop = _to_lift(actor, stop_id, factor, at=at)
    stop.asked_by, stop.asked_at = actor, at
    stop.save(update_fields=["asked_by", "asked_at"])
    audit.record(verb="hsm.signing.restart_asked", actor=actor, subject=stop.pk, payload={}, at=at)
    return stop


@transaction.atomic
def lift_stop(*, actor: User, stop_id: str, factor: FreshFactor, at: datetime) -> SigningStop:
    """The second person agrees: spends are handed to the signer again.

    Raises RefusedError ``not_asked`` or ``same_person`` besides.
    """
    stop = _to_lift(actor, stop_id, factor, at=at)
    if stop.asked_by_id is None:
        raise RefusedError("nobody has asked for it yet", code="not_asked")
    if stop.asked_by_id == actor.pk:
        raise RefusedError("another person has to confirm", code="same_person")
    stop.lifted_by, stop.lifted_at = actor, at
    stop.save(update_fields=["lifted_by", "lifted_at"])
    audit.record(verb="hsm.signing.restarted", actor=actor, subject=stop.pk, payload={}, at=at)
    return stop


def lift_after_restart(kill: str, *, restart: str, at: datetime) -> None:
    """The signer accepted a restart that names our kill; two people made and approved it."""
    stop = SigningStop.objects.select_for_update().filter(draft__hash=kill, lifted_at=None).first()
    if stop is None:
        return
    stop.lifted_at = at
    stop.save(update_fields=["lifted_at"])
    audit.record(
        verb="hsm.signing.restarted",
        actor="system:signer",
        subject=stop.pk,
        payload={"document": restart},
        at=at,
    )


def _to_lift(actor: User, stop_id: str, factor: FreshFactor, *, at: datetime) -> SigningStop:
    """The standing stop, for somebody who may lift it.

    Raises ForbiddenError, NotFoundError, RefusedError ``wrong_state`` when it is lifted and
    ``signer_killed`` while a kill of the signer stands: its restart comes first.
    """
    require_right(actor, Right.STOP_SIGNING)
    factor.check(actor=actor, at=at)
    stop = SigningStop.objects.select_for_update().filter(pk=stop_id).first()
    if stop is None:
        raise NotFoundError("no such stop")
    if stop.lifted_at is not None:
        raise RefusedError("this stop is lifted", code="wrong_state")
    if standing().kills:
        raise RefusedError("the signer's own kill stands; restart it first", code="signer_killed")
    return stop


def _kill_document(actor: User, reason: str, *, at: datetime) -> TrustDraft | None:
    """The KILL of all keys; nothing may keep the switch itself from working."""
    try:
        with transaction.atomic():
            return draft_document(actor=actor, kind="KILL", body=Kill(), reason=reason, at=at)
    except CustodyError:
        return None

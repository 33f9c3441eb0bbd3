"""Drafts: the next document of a stream, with the drafting person as maker."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from custody.accounts.models import User
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.audit import services as audit
from custody.common.errors import InvalidInputError, NotFoundError, RefusedError
from custody.common.ids import new_id
from custody.hsm.models import OfflineSigner, TrustDraft
from custody.hsm.selectors import identity
from custody.hsm.standing import standing
from custody.hsm.trust_states import DOCUMENT, OPEN, Event
from custody.statements.form import Form
from custody.statements.trust import TYPES, TrustDocument, TrustType

LIFE = timedelta(hours=48)
MAX_LIFE_HOURS = 14 * 24


@transaction.atomic
def draft_document(
    *,
    actor: User,
    kind: TrustType,
    body: Form,
    reason: str,
    at: datetime,
    stream: str | None = None,
    life: timedelta = LIFE,
    offline: OfflineSigner | None = None,
) -> TrustDraft:
    """Write the next document of its stream; ``stream`` only for address books.

    ``offline`` is the signer it is for, without it the one on the queue.
    Raises ForbiddenError, RefusedError ``no_person`` for an account without a person of the trust
    store and ``document_known`` for the same bytes, InvalidInputError, UnavailableError.
    """
    require_right(actor, Right.DRAFT_TRUST)
    if not actor.person:
        raise RefusedError("your account belongs to no person of the trust store", code="no_person")
    stream = stream or TYPES[kind][0]
    epoch, last = standing(offline).head(stream)
    document = TrustDocument(
        instance=identity(offline).instance,
        stream=stream,
        epoch=epoch + 1,
        previous=last,
        type=kind,
        body=body,
        maker=actor.person,
        reason=_checked(reason),
        expires_at=(at + life).replace(microsecond=0),
    )
    return _insert(TrustDocument.from_json(document.to_json()), offline, actor=actor, at=at)


@transaction.atomic
def redraft_document(*, actor: User, draft_id: str, at: datetime) -> TrustDraft:
    """The same content as the next document of its stream, for one that others overtook or time did.

    Approvals are of the old bytes and stay with them. Raises what ``draft_document`` raises, and
    RefusedError ``wrong_state`` for one that the signer has or took.
    """
    draft = lock_draft(draft_id)
    if draft.state not in (*OPEN, "EXPIRED"):
        raise RefusedError("the signer has this document", code="wrong_state")
    document = document_of(draft)
    return draft_document(
        actor=actor,
        kind=document.type,
        body=document.body,
        stream=document.stream,
        reason=document.reason,
        offline=draft.offline,
        at=at,
    )


def document_of(draft: TrustDraft) -> TrustDocument:
    """Decode the draft's bytes."""
    return TrustDocument.from_bytes(bytes(draft.body))


def lock_draft(draft_id: str) -> TrustDraft:
    """Raises NotFoundError."""
    draft = TrustDraft.objects.select_for_update().filter(pk=draft_id).first()
    if draft is None:
        raise NotFoundError("no such trust document")
    return draft


def move(
    draft: TrustDraft, event: Event, *, actor: User | str, at: datetime, **payload: object
) -> TrustDraft:
    """Take the transition and record it; other fields set on ``draft`` are saved with it.

    Raises IllegalTransitionError.
    """
    draft.state = DOCUMENT.next(draft.state, event)
    draft.save()
    named = {"document": draft.hash, "type": draft.type, **payload}
    audit.record(verb=f"hsm.trust.{event}", actor=actor, subject=draft.pk, payload=named, at=at)
    return draft


@transaction.atomic
def settle_documents(*, at: datetime) -> int:
    """Let time do its part: drafts expire, and what waited takes effect. Returns how many moved."""
    late = TrustDraft.objects.select_for_update().filter(state__in=OPEN, expires_at__lte=at)
    due = TrustDraft.objects.select_for_update().filter(state="WAITING", activates_at__lte=at)
    moved = [(draft, Event.EXPIRED) for draft in late.order_by("pk")]
    moved += [(draft, Event.ACTIVATED) for draft in due.order_by("pk")]
    for draft, event in moved:
        move(draft, event, actor="system:beat", at=at)
    return len(moved)


def is_overtaken(draft: TrustDraft) -> bool:
    """True when the signer's stream has gone on without this draft: it would refuse it."""
    epoch, last = standing(draft.offline).head(draft.stream)
    document = document_of(draft)
    return draft.state in OPEN and (document.epoch, document.previous) != (epoch + 1, last)


def _checked(reason: str) -> str:
    text = " ".join(reason.split())
    if not text:
        raise InvalidInputError("a reason is needed", code="bad_reason", field="reason")
    return text


def _insert(
    document: TrustDocument, offline: OfflineSigner | None, *, actor: User, at: datetime
) -> TrustDraft:
    draft = TrustDraft(
        id=new_id("tru", at=at),
        type=document.type,
        stream=document.stream,
        epoch=document.epoch,
        hash=document.hash,
        body=document.to_bytes(),
        maker=document.maker,
        drafted_by=actor,
        drafted_at=at,
        expires_at=document.expires_at,
        offline=offline,
    )
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError:
        raise RefusedError("this very document was drafted before", code="document_known") from None
    audit.record(
        verb="hsm.trust.drafted",
        actor=actor,
        subject=draft.pk,
        payload={"document": draft.hash, "type": draft.type, "stream": draft.stream, "epoch": draft.epoch},
        at=at,
    )
    return draft

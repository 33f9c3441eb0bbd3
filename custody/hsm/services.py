"""Asks the signer, collects its answers, mirrors its journal and its keys.

A request is a row; messages only wake. The signer's answer is a row as well, so losing the
broker loses nothing: ``sweep`` wakes again and collects what is waiting.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django import db
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from kombu.exceptions import OperationalError

from custody.audit import services as audit
from custody.common.ids import new_id
from custody.common.queue import enqueue_on_commit
from custody.hsm import mirror, selectors
from custody.hsm.models import CollectedResult, OfflineSigner, SigningRequest, SigningResult
from custody.hsm.results import FOLLOWERS
from custody.statements.approval import Approval
from custody.statements.codecs import sorted_set
from custody.statements.holdings import AnyProven
from custody.statements.intent import Intent
from custody.statements.request import SPENDS, CarriedDocument, Request
from custody.statements.result import Result

logger = logging.getLogger(__name__)

ACTOR = "system:signer"
SWEEP_LIMIT = 200
SWEEP_AGE = timedelta(days=7)
# The first look after a request; later ones are the sweep's.
COLLECT_AFTER_SECONDS = 0.3


@transaction.atomic
def submit_request(
    *,
    actor: AbstractBaseUser | str,
    kind: str,
    subject: str,
    at: datetime,
    key: str | None = None,
    payload: dict[str, Any] | None = None,
    intent: Intent | None = None,
    mandate: str | None = None,
    approvals: Sequence[Approval] = (),
    documents: Sequence[CarriedDocument] = (),
    facts: Sequence[AnyProven] = (),
    stated: dict[str, Any] | None = None,
) -> SigningRequest:
    """Write a request and wake the signer after commit; ``subject`` is the business id it serves.

    One for a signer without network, by its key or by the instance of its document, waits to be carried.
    Raises InvalidInputError when the parts do not make a well-formed request, UnavailableError
    while the signer's identity is not known, and RefusedError ``signing_stopped`` for a spend while
    the kill switch is thrown.
    """
    # Whatever moves coins carries an intent; seals, checkpoints, proofs, terms and trust documents
    # go on, as they do with the signer's own kill.
    if intent is not None:
        selectors.refuse_while_stopped()
    signer = _offline_signer(key, documents)
    body = {
        "format": Request.FORMAT,
        "instance": selectors.identity(signer).instance,
        "id": new_id("req", at=at),
        "kind": kind,
        "approvals": sorted_set([approval.to_json() for approval in approvals]),
        "documents": [document.to_json() for document in documents],
        "facts": sorted_set([fact.to_json() for fact in facts]),
    }
    optional = {
        "key": key,
        "intent": intent.to_json() if intent else None,
        "mandate": mandate,
        "payload": payload,
        "stated": stated,
    }
    document = Request.from_json(
        body | {name: value for name, value in optional.items() if value is not None}
    )
    row = SigningRequest.objects.create(
        id=document.id,
        kind=kind,
        key=key or "",
        subject=subject,
        chain=selectors.chain_of(document),
        body=document.to_bytes(),
        created_at=at,
        offline=signer,
    )
    audit.record(
        verb="hsm.signing.requested",
        actor=actor,
        subject=row.id,
        payload={"kind": kind, "for": subject, "request_hash": document.hash} | ({"key": key} if key else {}),
        stream=_stream(kind),
        at=at,
    )
    if signer is None:
        transaction.on_commit(lambda: wake_signer(row.id), robust=True)
        enqueue_on_commit("hsm.collect_result", countdown=COLLECT_AFTER_SECONDS, request_id=row.id)
    return row


def _offline_signer(key: str | None, documents: Sequence[CarriedDocument]) -> OfflineSigner | None:
    if key:
        return selectors.offline_signer(key=key)
    return selectors.offline_signer(instance=documents[0].document.instance) if documents else None


def wake_signer(request_id: str) -> None:
    """Put a wake-up on the signer's queue; a broker that is gone is no error, the sweep comes."""
    try:
        current_app.send_task("wake", args=[request_id], queue="signing", ignore_result=True, retry=False)
    except OperationalError:
        logger.warning("broker not reachable, signer not woken")


@transaction.atomic
def collect_result(*, request_id: str, at: datetime) -> bool:
    """Mirror and hand on the results of a request that are new; True once the final one is done."""
    for row in SigningResult.objects.filter(request=request_id).order_by("id"):
        result = Result.from_bytes(bytes(row.body))
        # Two collectors may meet here: the primary key lets one of them go on.
        _, is_new = CollectedResult.objects.get_or_create(
            result=row, defaults={"collected_at": at, "rule": result.rule or ""}
        )
        if is_new:
            _hand_on(row, result, at=at)
    return selectors.final_results().filter(request=request_id).exists()


def _hand_on(row: SigningResult, result: Result, *, at: datetime) -> None:
    if row.request.offline_id is None:
        mirror.mirror_entries(result, at=at)
    else:
        mirror.follow_answer(result, offline=row.request.offline_id)
    kind = row.request.kind
    payload = {"kind": kind, "for": row.request.subject, "request_hash": result.request_hash}
    if result.rule:
        payload |= {"rule": result.rule}
    audit.record(
        verb=f"hsm.signing.{result.outcome.lower()}",
        actor=ACTOR,
        subject=row.request_id,
        payload=payload,
        stream=_stream(kind),
        at=at,
    )
    if result.outcome != "FAILED":
        enqueue_on_commit(FOLLOWERS[kind], request_id=row.request_id)


def sweep(*, at: datetime) -> int:
    """Collect results nobody collected and wake the signer for requests without one.

    What is older than SWEEP_AGE is left to a person and stays visible as unanswered; but payments hold
    coins, in the signer as well, until it has answered: it is asked about them for as long as it takes.
    """
    since = at - SWEEP_AGE
    results = selectors.uncollected_results().filter(created_at__gte=since)
    waiting = list(results.values_list("request_id", flat=True)[:SWEEP_LIMIT])
    for request_id in waiting:
        _try_to_collect(request_id, at=at)
    is_due = Q(created_at__gte=since) | Q(kind__in=SPENDS)
    requests = selectors.unanswered_requests().filter(is_due, offline=None)
    unanswered = list(requests.values_list("id", flat=True)[:SWEEP_LIMIT])
    for request_id in unanswered:
        wake_signer(request_id)
    return len(waiting) + len(unanswered)


def _try_to_collect(request_id: str, *, at: datetime) -> None:
    """What nobody expected in one answer keeps no other one waiting; it stays where it is, and is logged."""
    try:
        collect_result(request_id=request_id, at=at)
    except (db.OperationalError, db.InterfaceError):
        raise
    except Exception:  # noqa: BLE001 - an answer can break anything; see above
        logger.exception("the answer to %s cannot be collected", request_id)


def mirror_signer(*, at: datetime) -> bool:
    """Take over the identity and keys that the signer publishes; False while it has none."""
    return mirror.mirror_identity(settings.SIGNER_PUBLIC_DIR / "signer.json", at=at)


def _stream(kind: str) -> str:
    """Checkpoints are recorded beside the streams they seal, else each would demand the next."""
    return mirror.SIGNING_STREAM if kind == "CHECKPOINT" else "main"

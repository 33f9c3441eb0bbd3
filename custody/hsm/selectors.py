"""Reads of requests, results and mirrors."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet, Window
from django.db.models.functions import Lag

from custody.common.errors import NotFoundError, RefusedError, UnavailableError
from custody.hsm.models import (
    Checkpoint,
    CollectedResult,
    JournalEntry,
    OfflineSigner,
    SignerIdentity,
    SigningKey,
    SigningRequest,
    SigningResult,
    SigningStop,
)
from custody.statements.checkpoint import Checkpoint as CheckpointDocument
from custody.statements.checkpoint import SignedCheckpoint
from custody.statements.policy import Policy
from custody.statements.request import CertificateUse, Request
from custody.statements.result import Result

OFFERED_KEYS = 200


@dataclass(frozen=True)
class Identity:
    """What genesis pinned: every document names ``instance``, every intent the hash of ``policy``."""

    instance: str
    genesis: str
    demo: bool
    policy: Policy


def identity(of: OfflineSigner | None = None) -> Identity:
    """Return the identity of a signer without network, else of the one on the queue.

    Raises UnavailableError before it was mirrored.
    """
    row = of or SignerIdentity.objects.first()
    if row is None:
        raise UnavailableError("the signer's identity is not known yet", code="signer_unknown")
    return Identity(row.instance, row.genesis, row.demo, Policy.from_bytes(bytes(row.policy)))


def offline_signer(*, key: str | None = None, instance: str | None = None) -> OfflineSigner | None:
    """The signer without network that has this key, or this instance; None for the one on the queue."""
    found = OfflineSigner.objects.filter(keys=key) if key else OfflineSigner.objects.filter(pk=instance)
    return found.first()


def standing_stop() -> SigningStop | None:
    """The stop that somebody threw and nobody has lifted."""
    return SigningStop.objects.filter(lifted_at=None).select_related("stopped_by", "draft").first()


def refuse_while_stopped() -> None:
    """Raise RefusedError ``signing_stopped`` while the kill switch is thrown."""
    if SigningStop.objects.filter(lifted_at=None).exists():
        raise RefusedError("signing is stopped", code="signing_stopped")


def chain_of(request: Request) -> str:
    """The chain a request touches, as lists show it; empty where it touches none."""
    if request.intent is not None:
        return request.intent.chain
    return next((terms.document.chain for terms in request.signed_terms), "")


def active_key(purpose: str) -> SigningKey:
    """Return the active key of a purpose (mediator, seal, checkpoint, attest) on the queue's signer.

    Raises UnavailableError.
    """
    key = SigningKey.objects.filter(purpose=purpose, state="ACTIVE", offline=None).order_by("id").last()
    if key is None:
        raise UnavailableError(f"no active key for {purpose}", code="no_active_key")
    return key


def seal_certificates(use: CertificateUse) -> list[tuple[bytes, tuple[bytes, ...]]]:
    """DER of the certificates for seals of one use, each with those above it; newest first.

    Raises UnavailableError when there is none.
    """
    known = [
        (bytes.fromhex(item["certificate"]), tuple(bytes.fromhex(above) for above in item["chain"]))
        for key in SigningKey.objects.filter(purpose="seal", offline=None).order_by("-id")
        for item in reversed(key.certificates)
        if item["use"] == use
    ]
    if not known:
        raise UnavailableError(f"no certificate for seals that say {use}", code="no_certificate")
    return known


def request_of(request_id: str) -> Request:
    """Return the decoded request; raises NotFoundError."""
    row = SigningRequest.objects.filter(pk=request_id).first()
    if row is None:
        raise NotFoundError("no such signing request")
    return Request.from_bytes(bytes(row.body))


def result_of(request_id: str) -> Result | None:
    """Return the final result of a request, None while there is none."""
    row = final_results().filter(request=request_id).first()
    return Result.from_bytes(bytes(row.body)) if row else None


def final_results() -> QuerySet[SigningResult]:
    return SigningResult.objects.exclude(outcome="FAILED")


def uncollected_results() -> QuerySet[SigningResult]:
    """Results that were not mirrored yet, oldest first."""
    return SigningResult.objects.filter(collected=None).order_by("id")


def unanswered_requests() -> QuerySet[SigningRequest]:
    """Requests without a final result, oldest first."""
    final = final_results().filter(request=OuterRef("pk"))
    return SigningRequest.objects.filter(~Exists(final)).order_by("created_at")


def requests_with_rule(rule: str, *, among: Iterable[SigningRequest]) -> set[str]:
    """Ids of those about which the signer has said this rule last."""
    said = CollectedResult.objects.filter(result__request__in=[row.pk for row in among])
    last = dict(said.order_by("result_id").values_list("result__request", "rule"))
    return {request for request, last_rule in last.items() if last_rule == rule}


def choosable_keys(*, chosen: str = "", **filters: object) -> list[SigningKey]:
    """Keys of the catalogue for a list to choose from, by purpose: not those that are gone.

    One-time keys come by the thousand: the newest are offered, and the one that is ``chosen`` already.
    """
    keys = SigningKey.objects.filter(**filters).select_related("offline").order_by("-id")
    offered = list(keys.exclude(state="DESTROYED")[:OFFERED_KEYS])
    if chosen and chosen not in {key.pk for key in offered}:
        offered += keys.filter(pk=chosen)
    return sorted(offered, key=lambda key: (key.purpose, key.pk))


def last_checkpoint(stream: str) -> Checkpoint | None:
    return Checkpoint.objects.filter(stream=stream).order_by("-position").first()


def checkpoint_covering(stream: str, *, position: int) -> SignedCheckpoint | None:
    """The first signed checkpoint of a stream at or after ``position``, as anybody can verify it."""
    row = Checkpoint.objects.filter(stream=stream, position__gte=position).order_by("position").first()
    return signed_checkpoint(row) if row else None


def signed_checkpoint(row: Checkpoint) -> SignedCheckpoint | None:
    """A checkpoint with its signature and the key, as anybody can verify it."""
    result = result_of(row.request_id)
    if result is None:
        return None
    document = CheckpointDocument(
        instance=result.instance, stream=row.stream, position=row.position, link=row.link, at=row.at
    )
    public_key = result.signatures[0].public_key
    return SignedCheckpoint(checkpoint=document, public_key=public_key, signature=row.signature)


def journal_hashes(*, first: int, limit: int) -> list[str]:
    """Hashes of mirrored journal entries from ``first`` on, up to the first gap."""
    rows = JournalEntry.objects.filter(seq__gte=first).order_by("seq").values_list("seq", "hash")[:limit]
    return [entry for expected, (seq, entry) in enumerate(rows, start=first) if seq == expected]


@dataclass(frozen=True)
class Gap:
    """Missing journal entries ``first`` to ``last``, found by the entry behind them."""

    first: int
    last: int
    behind: JournalEntry


def journal_gaps(*, after: int) -> list[Gap]:
    """What is missing in the mirror of the journal behind position ``after``; -1 for all of it."""
    rows = JournalEntry.objects.filter(seq__gt=after)
    found = rows.annotate(before=Window(Lag("seq", default=after), order_by="seq"))
    gaps = found.filter(seq__gt=F("before") + 1).order_by("seq")
    return [Gap(row.before + 1, row.seq - 1, row) for row in gaps]


def last_checkpoint_request(stream: str) -> SigningRequest | None:
    return SigningRequest.objects.filter(kind="CHECKPOINT", subject=stream).order_by("created_at").last()


def is_sealed_by(request: SigningRequest) -> bool:
    """True once the checkpoint of a request is stored."""
    return Checkpoint.objects.filter(request=request).exists()


def failed_checkpoints(stream: str) -> list[Result]:
    """Reports of failure on checkpoints of a stream that have no final answer."""
    final = final_results().filter(request=OuterRef("request"))
    failed = SigningResult.objects.filter(
        outcome="FAILED", request__kind="CHECKPOINT", request__subject=stream
    )
    return [Result.from_bytes(bytes(row.body)) for row in failed.filter(~Exists(final))]


def catalogue_keys() -> QuerySet[SigningKey]:
    """All keys the signer has published, in the order of their making."""
    return SigningKey.objects.order_by("id")


def requests_between(start: datetime, end: datetime) -> QuerySet[SigningRequest]:
    """Requests made in [start, end) with their results, oldest first."""
    rows = SigningRequest.objects.filter(created_at__gte=start, created_at__lt=end)
    return rows.prefetch_related("results").order_by("created_at", "id")


def journal_of_keys() -> QuerySet[JournalEntry]:
    """Mirrored journal entries about the signer's beginning, its keys and its trusted people."""
    return JournalEntry.objects.filter(kind__in=("GENESIS", "KEY", "TRUST")).order_by("seq")


def journal_between(start: datetime, end: datetime) -> QuerySet[JournalEntry]:
    """Mirrored journal entries of [start, end) in their order."""
    return JournalEntry.objects.filter(at__gte=start, at__lt=end).order_by("seq")

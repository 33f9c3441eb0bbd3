"""Copies what the signer reports into tables of the web side, and into the audit record."""

import json
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from custody.audit import services as audit
from custody.hsm.mirrored_keys import follow_key_state, mirror_own_keys
from custody.hsm.models import JournalEntry, OfflineSigner, SignerIdentity
from custody.hsm.models.published import Published
from custody.policy.services import adopt_policy
from custody.statements.policy import Policy
from custody.statements.published import PublishedSigner
from custody.statements.result import Result
from custody.statements.store_entry import StoreEntry

logger = logging.getLogger(__name__)

# Stream of the audit record for the signer's journal and for the making of checkpoints.
SIGNING_STREAM = "signing"
_NEVER = datetime.min.replace(tzinfo=UTC)


def mirror_entries(result: Result, *, at: datetime) -> None:
    """Copy new journal entries; an entry that contradicts one we have is an alarm, not an update."""
    for entry in result.entries:
        request_id = result.request if "request_hash" in entry.body else ""
        known, is_new = JournalEntry.objects.get_or_create(
            seq=entry.seq,
            defaults={
                "hash": entry.hash,
                "previous": entry.previous,
                "kind": entry.kind,
                "at": entry.at,
                "request": request_id,
                "body": entry.to_bytes(),
            },
        )
        if is_new:
            _record_entry(entry, request_id, at)
        elif known.hash != entry.hash:
            logger.critical("signer journal: entry %d differs from the one reported before", entry.seq)


def _record_entry(entry: StoreEntry, request_id: str, at: datetime) -> None:
    audit.record(
        verb="hsm.journal.mirrored",
        actor="system:signer",
        subject=request_id or "signer",
        payload={"seq": entry.seq, "hash": entry.hash, "kind": entry.kind},
        stream=SIGNING_STREAM,
        at=at,
    )
    if entry.kind == "KEY":
        follow_key_state(entry)


@transaction.atomic
def follow_answer(result: Result, *, offline: str) -> None:
    """Take over states of keys and heads of streams that a carried answer reports.

    Its entries are kept with it; whatever else changed comes with the next published file. Answers may
    come in any order: what was overtaken changes nothing.
    """
    signer = OfflineSigner.objects.select_for_update().get(pk=offline)
    told = []
    for entry in result.entries:
        if entry.kind == "KEY":
            follow_key_state(entry, offline=signer)
        elif entry.kind == "TRUST" and "document" in entry.body:
            told.append(
                {
                    "stream": entry.body["stream"],
                    "epoch": entry.body["epoch"],
                    "hash": entry.body["document"],
                }
            )
    signer.standing = {**signer.standing, "heads": latest_heads(signer.standing, told)}
    signer.save(update_fields=["standing"])


def latest_heads(standing: dict[str, Any], told: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each stream the head with the highest epoch, of a mirrored standing and of what else is told."""
    heads: dict[str, dict[str, Any]] = {}
    for head in (*standing.get("heads", ()), *told):
        if head["epoch"] > heads.get(head["stream"], {"epoch": 0})["epoch"]:
            heads[head["stream"]] = head
    return [heads[stream] for stream in sorted(heads)]


@transaction.atomic
def mirror_identity(path: Path, *, at: datetime) -> bool:
    """Read the signer's public identity file; records what is new. False when there is no file.

    One that is older than what was taken over is left. Raises InvalidInputError for what is none.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    if not value:
        return False
    published, known = PublishedSigner.read(value), SignerIdentity.objects.select_for_update().first()
    if is_outdated(published, known):
        logger.critical("signer: the published file is older than the one taken over before")
        return True
    policy = _policy_now(published, at=at)
    values = published_values(published) | {"instance": published.instance, "policy": policy.to_bytes()}
    _, created = SignerIdentity.objects.update_or_create(only=True, defaults=values)
    if created:
        audit.record(
            verb="hsm.signer.mirrored",
            actor="system:signer",
            subject=published.instance,
            payload={"genesis": published.genesis, "policy": policy.hash},
            at=at,
        )
    adopt_policy(actor="system:signer", policy=policy, at=at)
    is_recovered = is_after_recovery(published, known)
    mirror_own_keys(published.keys, seq=seq_of(published), is_recovered=is_recovered, at=at)
    return True


def published_values(published: PublishedSigner) -> dict[str, Any]:
    """Columns that mirrors of both kinds of signers share; the policy is each one's own affair."""
    credentials, head = published.credentials, published.head
    return {
        "genesis": published.genesis,
        "demo": published.demo,
        "standing": published.trust.to_json() if published.trust else {},
        "backends": [backend.to_json() for backend in published.backends or ()],
        "credentials": None if credentials is None else [entry.to_json() for entry in credentials],
        "head_seq": seq_of(published),
        "recovered_at": head.recovered_at if head else None,
    }


def seq_of(published: PublishedSigner) -> int:
    """The entry of the journal that the file is of; -1 where it does not say."""
    return published.head.seq if published.head else -1


def is_after_recovery(published: PublishedSigner, known: Published | None) -> bool:
    """True when officers let the signer go on with a rewound store since: numbers begin again lower."""
    return known is not None and _recovered(published) > (known.recovered_at or _NEVER)


def is_outdated(published: PublishedSigner, known: Published | None) -> bool:
    """True for a file from before the one that was taken over; of another genesis nothing is known."""
    if known is None or known.genesis != published.genesis:
        return False
    return (_recovered(published), seq_of(published)) < (known.recovered_at or _NEVER, known.head_seq)


def _recovered(published: PublishedSigner) -> datetime:
    return (published.head and published.head.recovered_at) or _NEVER


def _policy_now(published: PublishedSigner, *, at: datetime) -> Policy:
    """The policy that counts: the published one, or one that waited and whose time has come since."""
    waiting = (published.trust and published.trust.waiting) or ()
    due = [item.policy for item in waiting if item.policy and item.activates_at <= at]
    return due[-1] if due else published.policy

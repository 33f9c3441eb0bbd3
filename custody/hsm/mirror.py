"""Copies what the signer reports into tables of the web side, and into the audit record."""

import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from custody.audit import services as audit
from custody.common import clock
from custody.common.errors import RefusedError
from custody.common.queue import enqueue_on_commit
from custody.hsm.models import JournalEntry, OfflineSigner, SignerIdentity, SigningKey
from custody.hsm.results import ACTIVATED
from custody.policy.services import adopt_policy
from custody.statements.policy import Policy
from custody.statements.result import Result
from custody.statements.store_entry import StoreEntry

logger = logging.getLogger(__name__)

# Stream of the audit record for the signer's journal and for the making of checkpoints.
SIGNING_STREAM = "signing"


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
        _mirror_key_state(entry.body)


def _mirror_key_state(body: dict[str, Any]) -> None:
    """A state the journal reports later, e.g. a suspension."""
    SigningKey.objects.filter(pk=body["key"]).update(state=body["state"])


@transaction.atomic
def follow_answer(result: Result, *, offline: str) -> None:
    """Take over states of keys and heads of streams that a carried answer reports.

    Its entries are kept with it; whatever else changed comes with the next published file.
    """
    signer = OfflineSigner.objects.select_for_update().get(pk=offline)
    heads = {head["stream"]: head for head in signer.standing.get("heads", ())}
    for entry in result.entries:
        if entry.kind == "KEY":
            SigningKey.objects.filter(pk=entry.body["key"], offline=signer).update(state=entry.body["state"])
        elif entry.kind == "TRUST" and "document" in entry.body:
            stream, epoch = entry.body["stream"], entry.body["epoch"]
            if epoch > heads.get(stream, {"epoch": 0})["epoch"]:
                heads[stream] = {"stream": stream, "epoch": epoch, "hash": entry.body["document"]}
    signer.standing = {**signer.standing, "heads": [heads[stream] for stream in sorted(heads)]}
    signer.save(update_fields=["standing"])


@transaction.atomic
def mirror_identity(path: Path, *, at: datetime) -> bool:
    """Read the signer's public identity file; records what is new. False when there is no file."""
    try:
        published = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    if not published:
        return False
    policy, standing = _policy_now(published, at=at), published.get("trust", {})
    _, created = SignerIdentity.objects.update_or_create(
        only=True,
        defaults={
            "instance": published["instance"],
            "genesis": published["genesis"],
            "demo": published["demo"],
            "policy": policy.to_bytes(),
            "standing": standing,
            "backends": published.get("backends", []),
        },
    )
    if created:
        audit.record(
            verb="hsm.signer.mirrored",
            actor="system:signer",
            subject=published["instance"],
            payload={"genesis": published["genesis"], "policy": policy.hash},
            at=at,
        )
    adopt_policy(actor="system:signer", policy=policy, at=at)
    for key in published["keys"]:
        mirror_key(key, at=at)
    return True


def _policy_now(published: dict[str, Any], *, at: datetime) -> Policy:
    """The policy that counts: the published one, or one that waited and whose time has come since."""
    policy = published["policy"]
    for item in published.get("trust", {}).get("waiting", ()):
        if "policy" in item and clock.read_time(item["activates_at"]) <= at:
            policy = item["policy"]
    return Policy.from_json(policy)


def mirror_key(key: dict[str, Any], *, at: datetime, offline: OfflineSigner | None = None) -> None:
    """Take over a key as its signer publishes it; ``offline`` says whose it is.

    Raises RefusedError ``key_of_another_signer``: no signer takes over the key of another.
    """
    certificate = key.get("certificate")
    values = {
        "purpose": key["purpose"],
        "curve": key["curve"],
        "public_key": key["public_key"],
        "state": key["state"],
        "key_class": key.get("class", "NEVER_LEAVES"),
        "activation": key.get("activation"),
        "backend": key.get("backend", "pkcs11"),
        "certificate": bytes.fromhex(certificate) if certificate else None,
        "certificates": key.get("certificates", []),
        "offline": offline,
    }
    row, created = SigningKey.objects.get_or_create(id=key["key"], defaults=values)
    if (row.offline_id, row.public_key) != (offline.pk if offline else None, key["public_key"]):
        raise RefusedError("another signer has this key", code="key_of_another_signer")
    if created or row.activation != values["activation"]:
        _take_up(key)
    # The state comes with the journal, which is ahead of the file.
    news = [name for name in ("activation", "backend", "certificates") if getattr(row, name) != values[name]]
    for name in news:
        setattr(row, name, values[name])
    if news:
        row.save(update_fields=news)
    if offline is not None:
        # Nothing else says it: the journal of a carried signer is not mirrored entry by entry.
        SigningKey.objects.filter(pk=row.pk).update(state=values["state"])
    if created:
        audit.record(
            verb="hsm.key.mirrored",
            actor="system:signer",
            subject=key["key"],
            payload={"purpose": key["purpose"], "public_key": key["public_key"], "state": key["state"]},
            at=at,
        )


def _take_up(key: dict[str, Any]) -> None:
    """Tell whoever opens wallets that a key was taken into use for one."""
    if key.get("activation", {}).get("wallet"):
        enqueue_on_commit(ACTIVATED, key_id=key["key"])

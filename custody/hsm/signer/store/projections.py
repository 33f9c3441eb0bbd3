"""What each kind of entry means for the other tables; the unique constraints judge here."""

import json
from collections.abc import Callable

from django.db import IntegrityError

from custody.common import canonical, clock
from custody.hsm.signer.store import models, sql
from custody.hsm.signer.store.documents import terms_from
from custody.statements.genesis import Genesis
from custody.statements.store_entry import BitcoinAnchor, SignBody, StoreEntry

_SEEN_BODY = "SELECT body FROM signer_store_entry WHERE request_hash = ? AND kind = 'SEEN'"


def project(entry: StoreEntry, request_hash: str) -> None:
    """Insert the rows that ``entry`` implies; raises IntegrityError when a promise is broken."""
    projector = _PROJECTORS.get(entry.kind)
    if projector is not None:
        projector(entry, request_hash)


def anchor_text(anchor: BitcoinAnchor) -> str:
    """How an anchor stands in the unique columns."""
    return f"{anchor.kind}:{anchor.outpoint}"


def _genesis(entry: StoreEntry, _: str) -> None:
    document = Genesis.from_json(entry.body["genesis"])
    sql.insert(
        models.Genesis,
        only=True,
        entry_id=entry.seq,
        instance=document.instance,
        hash=document.hash,
        demo=document.demo,
        policy=document.policy.to_bytes(),
    )
    # One person may have several credentials; the longest valid one keeps the person known.
    by_validity = sorted(document.people, key=lambda body: body.valid_until)
    for person, until in {body.person: body.valid_until for body in by_validity}.items():
        sql.insert(models.Person, id=person, entry_id=entry.seq, valid_until=clock.write_time(until))


def _key(entry: StoreEntry, _: str) -> None:
    body = entry.body
    if "public_key" in body:
        sql.insert(
            models.Key,
            id=body["key"],
            entry_id=entry.seq,
            purpose=body["purpose"],
            curve=body["curve"],
            public_key=body["public_key"],
            token_id=body["token_id"],
            certificate=bytes.fromhex(body["certificate"]) if "certificate" in body else None,
        )
    sql.insert(models.KeyState, key_id=body["key"], entry_id=entry.seq, state=body["state"])


def _seen(entry: StoreEntry, request_hash: str) -> None:
    body = entry.body
    sql.insert_first(models.SeenRequest, id=body["request"], entry_id=entry.seq, request_hash=request_hash)
    if "intent" in body:
        at = clock.write_time(entry.at)
        sql.insert_first(models.SeenIntent, intent=body["intent"], entry_id=entry.seq, at=at)


def _terms(entry: StoreEntry, _: str) -> None:
    data = canonical.encode(entry.body["document"])
    document = terms_from(data)
    sql.insert(models.Terms, hash=document.hash, entry_id=entry.seq, script=document.script, document=data)


def _sign(entry: StoreEntry, request_hash: str) -> None:
    body = SignBody.read(entry.body)
    for slot in body.slots:
        sql.insert(models.Slot, entry_id=entry.seq, key_id=slot.key, slot=slot.slot, digest=slot.digest)
    # The SEEN entry of the same transaction says what the request was about.
    ((seen,),) = sql.rows(_SEEN_BODY, request_hash)
    about = json.loads(seen)["body"]
    if body.intent is not None and isinstance(body.anchor, BitcoinAnchor):
        _bind(entry, intent=body.intent, terms=about["terms"], anchor=anchor_text(body.anchor))
    if "checkpoint" in about:
        point = {name: about["checkpoint"][name] for name in ("stream", "position", "link")}
        sql.insert(models.SignedCheckpoint, entry_id=entry.seq, **point)


def _bind(entry: StoreEntry, *, intent: str, terms: str, anchor: str) -> None:
    """One signing per intent, and one anchor for all intents of the same terms."""
    sql.insert(models.IntentAnchor, intent=intent, entry_id=entry.seq, anchor=anchor)
    sql.insert_first(models.TermsAnchor, terms=terms, entry_id=entry.seq, anchor=anchor)
    if sql.value(models.TermsAnchor, "anchor", terms=terms) != anchor:
        raise IntegrityError("the terms have another anchor")


_PROJECTORS: dict[str, Callable[[StoreEntry, str], None]] = {
    "GENESIS": _genesis,
    "KEY": _key,
    "SEEN": _seen,
    "TERMS": _terms,
    "SIGN": _sign,
}

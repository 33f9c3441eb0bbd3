"""What each kind of entry means for the other tables; the unique constraints judge here."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from custody.common import canonical
from custody.hsm.signer.store import models
from custody.statements.credential import PersonCredential
from custody.statements.genesis import Genesis
from custody.statements.store_entry import BitcoinAnchor, SignBody, StoreEntry
from custody.statements.terms import Terms


def project(row: models.Entry, entry: StoreEntry) -> None:
    """Insert the rows that ``entry`` implies; raises IntegrityError when a promise is broken."""
    projector = _PROJECTORS.get(entry.kind)
    if projector is not None:
        projector(row, entry)


def _genesis(row: models.Entry, entry: StoreEntry) -> None:
    document = Genesis.from_json(entry.body["genesis"])
    models.Genesis.objects.create(
        entry=row,
        instance=document.instance,
        hash=document.hash,
        demo=document.demo,
        policy=document.policy.to_bytes(),
    )
    # One person may have several credentials; the longest valid one keeps the person known.
    valid_until = {body.person: body.valid_until for body in sorted(document.people, key=_valid_until)}
    for person, until in valid_until.items():
        models.Person.objects.create(entry=row, id=person, valid_until=until)


def _valid_until(body: PersonCredential) -> datetime:
    return body.valid_until


def _key(row: models.Entry, entry: StoreEntry) -> None:
    body = entry.body
    if "public_key" in body:
        models.Key.objects.create(
            entry=row,
            id=body["key"],
            purpose=body["purpose"],
            curve=body["curve"],
            public_key=body["public_key"],
            token_id=body["token_id"],
            certificate=bytes.fromhex(body["certificate"]) if "certificate" in body else None,
        )
    models.KeyState.objects.create(entry=row, key_id=body["key"], state=body["state"])


def _seen(row: models.Entry, entry: StoreEntry) -> None:
    body = entry.body
    models.SeenRequest.objects.get_or_create(
        id=body["request"], defaults={"entry": row, "request_hash": body["request_hash"]}
    )
    if "intent" in body:
        models.SeenIntent.objects.get_or_create(
            intent=body["intent"], defaults={"entry": row, "at": entry.at}
        )


def _terms(row: models.Entry, entry: StoreEntry) -> None:
    document = Terms.from_json(entry.body["document"])
    models.Terms.objects.create(
        entry=row, hash=document.hash, script=document.script, document=document.to_bytes()
    )


def _sign(row: models.Entry, entry: StoreEntry) -> None:
    body = SignBody.read(entry.body)
    for slot in body.slots:
        models.Slot.objects.create(entry=row, key_id=slot.key, slot=slot.slot, digest=slot.digest)
    seen = _seen_body(row.request_hash)
    if body.intent is not None and isinstance(body.anchor, BitcoinAnchor):
        anchor = anchor_text(body.anchor)
        models.IntentAnchor.objects.create(entry=row, intent=body.intent, anchor=anchor)
        models.TermsAnchor.objects.get_or_create(terms=seen["terms"], anchor=anchor, defaults={"entry": row})
    if "checkpoint" in seen:
        point = seen["checkpoint"]
        models.SignedCheckpoint.objects.create(
            entry=row, stream=point["stream"], position=point["position"], link=point["link"]
        )


def anchor_text(anchor: BitcoinAnchor) -> str:
    """How an anchor stands in the unique columns."""
    return f"{anchor.kind}:{anchor.outpoint}"


def _seen_body(request_hash: str) -> dict[str, Any]:
    """Body of the SEEN entry that the same transaction wrote before."""
    row = models.Entry.objects.filter(request_hash=request_hash, kind="SEEN").order_by("-seq").first()
    if row is None:
        raise AssertionError("SIGN without SEEN")
    body: dict[str, Any] = canonical.decode(bytes(row.body))["body"]
    return body


_PROJECTORS: dict[str, Callable[[models.Entry, StoreEntry], None]] = {
    "GENESIS": _genesis,
    "KEY": _key,
    "SEEN": _seen,
    "TERMS": _terms,
    "SIGN": _sign,
}

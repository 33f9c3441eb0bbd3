"""What each kind of entry means for the other tables; the unique constraints judge here."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError

from custody.common import canonical, clock
from custody.hsm.signer.store import attempts, lapses, models, selectors, sql
from custody.hsm.signer.store.documents import terms_from
from custody.statements.genesis import Genesis
from custody.statements.store_entry import Anchor, BitcoinAnchor, EvmAnchor, SafeAnchor, SignBody, StoreEntry

_SEEN_BODY = "SELECT body FROM signer_store_entry WHERE request_hash = ? AND kind = 'SEEN'"
_PROMISE = "SELECT body FROM signer_store_entry WHERE request_hash = ? AND kind = 'SIGN'"


def project(entry: StoreEntry, request_hash: str, document: bytes | None = None) -> None:
    """Insert the rows that ``entry`` implies; raises IntegrityError when a promise is broken.

    ``document``: the bytes that the entry names by their hash, a trust document or the blob of a key.
    """
    if entry.kind == "KEY":
        _key(entry, document)
        return
    if document is not None:
        _document(entry, document)
    projector = _PROJECTORS.get(entry.kind)
    if projector is not None:
        projector(entry, request_hash)


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


def _document(entry: StoreEntry, document: bytes) -> None:
    body = entry.body
    sql.insert(
        models.TrustDocument,
        hash=body["document"],
        entry_id=entry.seq,
        stream=body["stream"],
        epoch=body["epoch"],
        activates_at=body["activates_at"],
        document=document,
    )


def _key(entry: StoreEntry, blob: bytes | None) -> None:
    body = entry.body
    if "public_key" in body:
        _new_key(entry, blob)
    if "use" in body:
        _certificate(entry)
    sql.insert(models.KeyState, key_id=body["key"], entry_id=entry.seq, state=body["state"])
    if "backup" in body:
        sql.insert(models.KeyBackup, key_id=body["key"], entry_id=entry.seq)
    if "removed" in body:
        sql.forget_blob(body["key"])
    for name in ("ceremony", "agreement"):
        if name in body:
            _agreement(entry, body[name])


def _head(entry: StoreEntry, _: str) -> None:
    """What happened at the console: probes, sessions with closed back-ends, presented heads and recoveries;
    the clock leaves no row.
    """
    body = entry.body
    if "module" in body:
        probe = body.get("probe")
        sql.insert(
            models.BackendModule,
            entry_id=entry.seq,
            backend=body["backend"],
            module=canonical.encode(body["module"]),
            probe=canonical.encode(probe) if probe else None,
        )
    if "opened" in body:
        session = body["opened"]
        sql.insert(
            models.ColdSession,
            id=session["id"],
            entry_id=entry.seq,
            backend=body["backend"],
            ends_at=session["ends_at"],
        )
        _agreement(entry, session)
    if "closed" in body:
        sql.insert(models.ColdSessionEnd, session_id=body["closed"]["id"], entry_id=entry.seq)
    if "presented" in body:
        sql.insert(models.PresentedHead, hash=body["head"], entry_id=entry.seq)
    if "recovery" in body:
        sql.insert(models.Recovery, entry_id=entry.seq, at=clock.write_time(entry.at))
        _agreement(entry, body["recovery"])


def _agreement(entry: StoreEntry, held: dict[str, Any]) -> None:
    """Plain insert: what people agree on at the console is done once."""
    sql.insert(models.SeenRequest, id=held["id"], entry_id=entry.seq, request_hash=held["action"])
    for statement in held["statements"]:
        _statement(entry, statement)


def _certificate(entry: StoreEntry) -> None:
    body = entry.body
    sql.insert(
        models.KeyCertificate,
        key_id=body["key"],
        entry_id=entry.seq,
        use=body["use"],
        certificate=bytes.fromhex(body["certificate"]),
        chain=",".join(body["chain"]),
        fingerprint=hashlib.sha256(bytes.fromhex(body["certificate"])).hexdigest(),
    )


def _new_key(entry: StoreEntry, blob: bytes | None) -> None:
    """The whole of a key in one row: what it is, what it is for, and its blob where it has one."""
    body = entry.body
    sql.insert(
        models.Key,
        id=body["key"],
        entry_id=entry.seq,
        purpose=body["purpose"],
        curve=body["curve"],
        public_key=body["public_key"],
        token_id=body["token_id"],
        backend=body.get("backend"),
        certificate=bytes.fromhex(body["certificate"]) if "certificate" in body else None,
        key_class=body["class"],
        blob=blob,
        account=canonical.encode(body["account"]) if "account" in body else None,
        binding=canonical.encode(body["one_time"]) if "one_time" in body else None,
    )


def _seen(entry: StoreEntry, request_hash: str) -> None:
    body = entry.body
    if "making" in body:
        making = body["making"]
        promised = {"wallet": making["wallet"]["wallet"], "number": making["one_time"]["index"]}
        # Plain insert: a number is promised once.
        sql.insert(models.OneTimeKey, entry_id=entry.seq, key=making["key"], **promised)
    if "issued" in body:
        issued = body["issued"]
        sql.insert_first(
            models.IssuedAddress,
            address=issued["address"],
            entry_id=entry.seq,
            key_id=issued["key"],
            number=issued["index"],
        )
    sql.insert_first(models.SeenRequest, id=body["request"], entry_id=entry.seq, request_hash=request_hash)
    if "intent" in body:
        at = clock.write_time(entry.at)
        sql.insert_first(models.SeenIntent, intent=body["intent"], entry_id=entry.seq, at=at)
    for statement in body.get("statements", ()):
        _statement(entry, statement)
    if "rejected" in body:
        sql.insert_first(models.RejectedSubject, subject=body["rejected"], entry_id=entry.seq)


def _statement(entry: StoreEntry, said: dict[str, Any]) -> None:
    """One statement per nonce, however often it is presented."""
    values = {name: said.get(name) for name in ("nonce", "statement", "credential", "counter")}
    if sql.insert_first(models.SeenStatement, entry_id=entry.seq, **values):
        return
    if sql.value(models.SeenStatement, "statement", nonce=said["nonce"]) != said["statement"]:
        raise IntegrityError("the nonce belongs to another statement")


def _trust(entry: StoreEntry, _: str) -> None:
    if "order" in entry.body:
        sql.insert(models.ConsoleOrder, nonce=entry.body["order"]["nonce"], entry_id=entry.seq)
    if "next_nonce" in entry.body:
        sql.insert(models.NextNonce, entry_id=entry.seq, **entry.body["next_nonce"])
    if "deal_coin" in entry.body:
        sql.insert(models.TermsAnchor, entry_id=entry.seq, **entry.body["deal_coin"])
    if "agreement" in entry.body:
        _agreement(entry, entry.body["agreement"])


def _terms(entry: StoreEntry, _: str) -> None:
    data = canonical.encode(entry.body["document"])
    document = terms_from(data)
    sql.insert(models.Terms, hash=document.hash, entry_id=entry.seq, script=document.script, document=data)


def _sign(entry: StoreEntry, request_hash: str) -> None:
    body = entry.promise
    replaced = attempts.replaced_by(body)
    is_bound = _is_shared(body) or bool(replaced and replaced.intent == body.intent)
    if replaced is None:
        _slots(entry, body)
    # The SEEN entry of the same transaction says what the request was about.
    ((seen,),) = sql.rows(_SEEN_BODY, request_hash)
    about = json.loads(seen)["body"]
    if body.intent is not None and body.anchor is not None and not is_bound:
        _bind(entry, body, about, anchor=body.anchor.text)
        if replaced is None:
            _nonce(entry, body.anchor)
    attempts.record(entry, body, about)
    if "checkpoint" in about:
        point = {name: about["checkpoint"][name] for name in ("stream", "position", "link")}
        sql.insert(models.SignedCheckpoint, entry_id=entry.seq, **point)
    if "block" in about:
        (slot,) = body.slots
        sql.insert(models.SignedBlock, entry_id=entry.seq, key_id=slot.key, **about["block"])


def _slots(entry: StoreEntry, body: SignBody) -> None:
    """One digest per key and slot; what replaces it stands among the attempts."""
    for slot in body.slots:
        sql.insert(models.Slot, entry_id=entry.seq, key_id=slot.key, slot=slot.slot, digest=slot.digest)


def _refused(entry: StoreEntry, request_hash: str) -> None:
    """Behind a promise it ends it; any other refusal leaves no row."""
    for (promise,) in sql.rows(_PROMISE, request_hash) if request_hash else ():
        lapses.end(entry, StoreEntry.from_bytes(bytes(promise)))


def _is_shared(body: SignBody) -> bool:
    """True for another owner's signature on the very transaction of a Safe that is bound already."""
    if body.intent is None or not isinstance(body.anchor, SafeAnchor):
        return False
    return selectors.intent_anchor(body.intent) == body.anchor.text and all(
        selectors.digests_in(slot.slot) == {slot.digest} for slot in body.slots
    )


def _nonce(entry: StoreEntry, anchor: Anchor) -> None:
    """Each nonce once; those of an account without a gap, while others may use those of a Safe."""
    if isinstance(anchor, BitcoinAnchor):
        return
    following = selectors.next_nonce(anchor.chain, anchor.account)
    if isinstance(anchor, EvmAnchor) and following not in {None, anchor.nonce}:
        raise IntegrityError("not the next nonce of the account")
    sql.insert(
        models.SignedNonce,
        entry_id=entry.seq,
        chain=anchor.chain,
        account=anchor.account,
        nonce=anchor.nonce,
    )


def _bind(entry: StoreEntry, body: SignBody, about: dict[str, Any], *, anchor: str) -> None:
    """One signing per intent, and one anchor for all intents of the same terms.

    What it takes from its wallet counts for velocity from the moment it may be signed.
    """
    taken = {
        name: about.get("spend", {}).get(name) for name in ("wallet", "asset", "amount", "fee", "mandate")
    }
    sql.insert(
        models.IntentAnchor,
        intent=body.intent,
        entry_id=entry.seq,
        anchor=anchor,
        at=clock.write_time(entry.at),
        **taken,
    )
    if "terms" not in about:
        return
    if sql.insert_first(models.TermsAnchor, terms=about["terms"], entry_id=entry.seq, anchor=anchor):
        return
    if sql.value(models.TermsAnchor, "anchor", terms=about["terms"]) != anchor:
        raise IntegrityError("the terms have another anchor")


_PROJECTORS: dict[str, Callable[[StoreEntry, str], None]] = {
    "GENESIS": _genesis,
    "HEAD": _head,
    "SEEN": _seen,
    "TERMS": _terms,
    "TRUST": _trust,
    "SIGN": _sign,
    "REFUSED": _refused,
}

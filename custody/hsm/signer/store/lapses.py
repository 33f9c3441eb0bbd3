"""Promises that lapse: refused behind their SIGN entry, they are never kept, and give back what they took.

Free again are their slots, with an account's or a Safe's nonce the one who had it, and the intent and the
anchor of its terms, which count no more. All but the slots only when no other promise stands on the same
anchor: a second owner's signature on the same transaction of a Safe. While another transaction stands on
the nonce of an account, one that replaces it or is replaced, nothing but the attempt itself goes.

A promise of before a recovery may have been kept by the part of the store that was lost. Free again is
then only what the chain itself gives away once, outpoints and nonces; intent and terms stay bound.
"""

from django.db import IntegrityError

from custody.hsm.signer.store import attempts, models, selectors, sql
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.statements.store_entry import Anchor, BitcoinAnchor, EvmAnchor, StoreEntry

_REFUSED_PROMISES = """
    SELECT promise.seq, refusal.seq FROM signer_store_entry AS refusal
    JOIN signer_store_entry AS promise
        ON promise.request_hash = refusal.request_hash AND promise.kind = 'SIGN'
    WHERE refusal.kind = 'REFUSED' AND refusal.request_hash <> ''
"""
_LAPSES = "SELECT promise_id, entry_id FROM signer_store_lapse"
_WITHOUT_SLOTS = """
    SELECT seq FROM signer_store_entry AS promise
    LEFT JOIN (SELECT entry_id, count(*) AS taken FROM signer_store_slot GROUP BY entry_id)
        ON entry_id = seq
    WHERE kind = 'SIGN' AND NOT EXISTS (SELECT 1 FROM signer_store_lapse WHERE promise_id = promise.seq)
    AND NOT EXISTS (SELECT 1 FROM signer_store_attempt WHERE entry_id = promise.seq AND number > 1)
    AND coalesce(taken, 0) <> json_array_length(CAST(body AS TEXT), '$.body.slots')
    LIMIT 1
"""


def end(refusal: StoreEntry, promise: StoreEntry) -> None:
    """Free what ``promise`` took, as ``refusal`` stands behind it; inside the transaction of the refusal.

    Raises IntegrityError for a promise that was kept, and for one of no payment: what it signs has no end.
    """
    body = promise.promise
    if body.intent is None or body.anchor is None:
        raise IntegrityError("only the promise of a payment lapses")
    sql.insert(models.Lapse, promise_id=promise.seq, entry_id=refusal.seq, **_nonce_of_account(body.anchor))
    if attempts.free(promise, body.anchor):
        return
    for slot in body.slots:
        sql.free(models.Slot, key_id=slot.key, slot=slot.slot)
    if selectors.digests_in(body.anchor.text):
        return
    if not isinstance(body.anchor, BitcoinAnchor):
        chain, account, nonce = body.anchor.chain, body.anchor.account, body.anchor.nonce
        sql.free(models.SignedNonce, chain=chain, account=account, nonce=nonce)
    recovery = selectors.last_recovery()
    for model, column, bound in (
        (models.IntentAnchor, "intent", body.intent),
        (models.TermsAnchor, "anchor", body.anchor.text),
    ):
        made = sql.value(model, "entry_id", **{column: bound})
        # Officers may have named the coin of a deal themselves: their word stays.
        has_lapsed = sql.value(models.Lapse, "entry_id", promise_id=made) is not None
        if has_lapsed and made > recovery:
            sql.free(model, **{column: bound})


def verify() -> None:
    """Hold the rows against the chain: every lapse has its refusal, and no other promise lost a slot.

    Raises StoreStoppedError ``promise_lost``.
    """
    if sorted(sql.rows(_LAPSES)) != sorted(sql.rows(_REFUSED_PROMISES)):
        raise StoreStoppedError("the lapsed promises are not those of the chain", code="promise_lost")
    for (seq,) in sql.rows(_WITHOUT_SLOTS):
        raise StoreStoppedError(f"the promise of entry {seq} has lost a slot", code="promise_lost")


def _nonce_of_account(anchor: Anchor) -> dict[str, sql.Value]:
    """The nonce that comes before all higher ones now; those of a Safe may have gaps."""
    if not isinstance(anchor, EvmAnchor):
        return {}
    return {"chain": anchor.chain, "account": anchor.account, "nonce": anchor.nonce}

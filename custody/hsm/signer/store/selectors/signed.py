"""What was seen and signed: requests, statements, intents, terms, slots, nonces, spends and blocks."""

from collections.abc import Collection
from datetime import datetime

from custody.common import clock
from custody.hsm.signer.store import models, sql
from custody.hsm.signer.store.documents import terms_from
from custody.policy.facts import PastSpend
from custody.statements.terms import Terms

_STATEMENTS = "SELECT nonce, statement FROM signer_store_seenstatement WHERE nonce IN"
_SPENDS = """
    SELECT asset, amount, fee, mandate, at FROM signer_store_intentanchor
    WHERE wallet = ?1 AND at > ?2 AND intent <> ?3
        AND intent NOT IN (SELECT intent FROM signer_store_attempt WHERE wallet = ?1 AND at > ?2)
    UNION ALL
    SELECT asset, amount, max(t.fee), mandate, max(t.at)
    FROM signer_store_attempt AS t JOIN signer_store_intentanchor USING (intent)
    WHERE intent IN (SELECT intent FROM signer_store_attempt WHERE wallet = ?1 AND at > ?2) AND intent <> ?3
    GROUP BY intent ORDER BY 5
"""
_LAST_NONCE = """
    SELECT max(nonce) FROM (
        SELECT max(nonce) AS nonce FROM signer_store_signednonce WHERE chain = ?1 AND account = ?2
        UNION ALL
        SELECT max(nonce) - 1 FROM signer_store_nextnonce WHERE chain = ?1 AND account = ?2
    )
"""
# Nonces of promises that lapsed and that nobody has used since; below an officers' word none counts.
_FREE_NONCE = """
    SELECT min(nonce) FROM signer_store_lapse AS lapse WHERE chain = ?1 AND account = ?2
    AND nonce >= coalesce(
        (SELECT max(nonce) FROM signer_store_nextnonce WHERE chain = ?1 AND account = ?2), 0
    ) AND NOT EXISTS (
        SELECT 1 FROM signer_store_signednonce
        WHERE chain = ?1 AND account = ?2 AND nonce = lapse.nonce
    )
"""
# Key by key, as the primary key of slots begins with the key.
_DIGESTS = """
    SELECT digest FROM signer_store_key AS k JOIN signer_store_slot AS s ON s.key_id = k.id AND s.slot = ?
"""
_LAST_BLOCK = """
    SELECT height, round FROM signer_store_signedblock
    WHERE key_id = ? AND chain = ? ORDER BY height DESC, round DESC LIMIT 1
"""


def terms(terms_hash: str) -> Terms | None:
    document = sql.value(models.Terms, "document", hash=terms_hash)
    return terms_from(bytes(document)) if document is not None else None


def terms_of_script(script: str) -> str | None:
    """Hash of the terms that own a witness script (hex)."""
    return _text(sql.value(models.Terms, "hash", script=script))


def digest_in(key_id: str, slot: str) -> str | None:
    """The digest a key has signed in a slot."""
    return _text(sql.value(models.Slot, "digest", key_id=key_id, slot=slot))


def digests_in(slot: str) -> set[str]:
    """What keys of ours have signed in a slot, each its own."""
    return {digest for (digest,) in sql.rows(_DIGESTS, slot)}


def statements_of(nonces: Collection[str]) -> dict[str, str]:
    """Nonces that statements were proved with → hash of the statement."""
    places = ", ".join("?" * len(nonces))
    return dict(sql.rows(f"{_STATEMENTS} ({places})", *nonces)) if nonces else {}


def request_hash(request_id: str) -> str | None:
    """Hash of the first bytes seen under a request id."""
    return _text(sql.value(models.SeenRequest, "request_hash", id=request_id))


def intent_seen_at(intent: str) -> datetime | None:
    at = sql.value(models.SeenIntent, "at", intent=intent)
    return clock.read_time(at) if at is not None else None


def intent_anchor(intent: str) -> str | None:
    return _text(sql.value(models.IntentAnchor, "anchor", intent=intent))


def spends_of(wallet: str, *, since: datetime, besides: str = "") -> tuple[PastSpend, ...]:
    """What signed intents took from a wallet after ``since``; each intent counts once, and for ever.

    Of an intent whose transaction was replaced the largest fee counts, from the last attempt on.
    ``besides``: hash of the intent that is judged, which an owner of a Safe may have signed already.
    """
    return tuple(
        PastSpend(
            asset=asset, amount=int(amount), fee=int(fee), mandate=mandate or None, at=clock.read_time(at)
        )
        for asset, amount, fee, mandate, at in sql.rows(_SPENDS, wallet, clock.write_time(since), besides)
    )


def last_nonce(chain: str, account: str) -> int | None:
    """The highest nonce signed for an account or a Safe, or that officers have said is used."""
    ((nonce,),) = sql.rows(_LAST_NONCE, chain, account)
    return nonce if nonce is None else int(nonce)


def next_nonce(chain: str, account: str) -> int | None:
    """The nonce that an account of ours signs next; None when nobody has said where it begins.

    One that a lapsed promise has left comes first, whatever was promised behind it: the chain waits for it.
    """
    ((free,),) = sql.rows(_FREE_NONCE, chain, account)
    if free is not None:
        return int(free)
    last = last_nonce(chain, account)
    return None if last is None else last + 1


def is_nonce_used(chain: str, account: str, nonce: int) -> bool:
    """True when something was signed with this nonce of an account or a Safe."""
    return sql.value(models.SignedNonce, "entry_id", chain=chain, account=account, nonce=nonce) is not None


def terms_anchor(terms_hash: str) -> str | None:
    return _text(sql.value(models.TermsAnchor, "anchor", terms=terms_hash))


def last_block(key_id: str, chain: str) -> tuple[int, int] | None:
    """Height and round of the last header that a key signed for a network."""
    for height, number in sql.rows(_LAST_BLOCK, key_id, chain):
        return height, number
    return None


def _text(value: object) -> str | None:
    return None if value is None else str(value)

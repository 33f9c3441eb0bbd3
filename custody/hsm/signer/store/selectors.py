"""Reads of the store: the only facts besides the decoded bytes that rules may use."""

from dataclasses import dataclass
from datetime import datetime

from custody.common import clock
from custody.hsm.signer.store import models, sql
from custody.hsm.signer.store.documents import policy_from, terms_from
from custody.statements.audit_links import FIRST_PREVIOUS
from custody.statements.policy import Policy
from custody.statements.terms import Terms

_PINNED = "SELECT instance, demo, hash, policy FROM signer_store_genesis"
_KEYS = """
    SELECT id, purpose, curve, public_key, token_id, certificate,
        (SELECT state FROM signer_store_keystate WHERE key_id = k.id ORDER BY id DESC LIMIT 1)
    FROM signer_store_key AS k
"""
_CHECKPOINT_BEFORE = """
    SELECT position, link FROM signer_store_signedcheckpoint
    WHERE stream = ? AND position < ? ORDER BY position DESC LIMIT 1
"""
_HASHES = "SELECT hash FROM signer_store_entry WHERE seq BETWEEN ? AND ? ORDER BY seq"
_NO_LIMIT = 2**63 - 1


@dataclass(frozen=True)
class Pinned:
    """What genesis pinned."""

    instance: str
    demo: bool
    genesis: str
    policy: Policy


@dataclass(frozen=True)
class CatalogueKey:
    """A key of ours; ``token_id`` is its CKA_ID in hex, ``public_key`` the compressed point in hex."""

    id: str
    purpose: str
    curve: str
    public_key: str
    token_id: str
    certificate: bytes | None
    state: str


def pinned() -> Pinned | None:
    """Return what genesis pinned, None before genesis."""
    for instance, demo, genesis, policy in sql.rows(_PINNED):
        return Pinned(instance, bool(demo), genesis, policy_from(bytes(policy)))
    return None


def key(key_id: str) -> CatalogueKey | None:
    found = sql.rows(f"{_KEYS} WHERE id = ?", key_id)
    return CatalogueKey(*found[0]) if found else None


def all_keys() -> list[CatalogueKey]:
    """All keys in the order they were made."""
    return [CatalogueKey(*row) for row in sql.rows(f"{_KEYS} ORDER BY entry_id")]


def is_known_person(person: str, *, at: datetime) -> bool:
    """True while a credential of this person is valid."""
    until = sql.value(models.Person, "valid_until", id=person)
    return until is not None and clock.read_time(until) > at


def terms(terms_hash: str) -> Terms | None:
    document = sql.value(models.Terms, "document", hash=terms_hash)
    return terms_from(bytes(document)) if document is not None else None


def terms_of_script(script: str) -> str | None:
    """Hash of the terms that own a witness script (hex)."""
    return _text(sql.value(models.Terms, "hash", script=script))


def digest_in(key_id: str, slot: str) -> str | None:
    """The digest a key has signed in a slot."""
    return _text(sql.value(models.Slot, "digest", key_id=key_id, slot=slot))


def request_hash(request_id: str) -> str | None:
    """Hash of the first bytes seen under a request id."""
    return _text(sql.value(models.SeenRequest, "request_hash", id=request_id))


def intent_seen_at(intent: str) -> datetime | None:
    at = sql.value(models.SeenIntent, "at", intent=intent)
    return clock.read_time(at) if at is not None else None


def intent_anchor(intent: str) -> str | None:
    return _text(sql.value(models.IntentAnchor, "anchor", intent=intent))


def terms_anchor(terms_hash: str) -> str | None:
    return _text(sql.value(models.TermsAnchor, "anchor", terms=terms_hash))


def last_checkpoint(stream: str) -> tuple[int, str]:
    """Position and link of the last checkpoint signed for ``stream``; (0, zeros) before the first."""
    return checkpoint_before(stream, position=_NO_LIMIT)


def checkpoint_before(stream: str, *, position: int) -> tuple[int, str]:
    """Like ``last_checkpoint``, among those at a lower position."""
    for last, link in sql.rows(_CHECKPOINT_BEFORE, stream, position):
        return last, link
    return 0, FIRST_PREVIOUS


def entry_hashes(first: int, last: int) -> list[str]:
    """Hashes of our own entries ``first`` to ``last``, both included; shorter when some are not there."""
    return [entry for (entry,) in sql.rows(_HASHES, first, last)]


def _text(value: object) -> str | None:
    return None if value is None else str(value)

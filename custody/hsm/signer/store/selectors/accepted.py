"""What was pinned and accepted: genesis, trust documents, orders of the console."""

from dataclasses import dataclass
from functools import lru_cache

from custody.common import clock
from custody.hsm.signer.store import models, sql
from custody.hsm.signer.trust.state import Accepted, TrustState
from custody.statements.genesis import Genesis
from custody.statements.store_entry import StoreEntry
from custody.statements.trust import TYPES, TrustDocument

_PINNED = "SELECT instance, demo, hash FROM signer_store_genesis"
_GENESIS = "SELECT body FROM signer_store_entry WHERE seq = 0"
# The hash of an entry names the whole chain up to it.
_LAST_TRUST = """
    SELECT seq, hash FROM signer_store_entry
    WHERE seq = max(
        coalesce((SELECT max(entry_id) FROM signer_store_trustdocument), 0),
        coalesce((SELECT max(entry_id) FROM signer_store_consoleorder), 0)
    )
"""
_TRUST = "SELECT entry_id, document, activates_at FROM signer_store_trustdocument"
_ORDERS = """
    SELECT seq, body FROM signer_store_consoleorder JOIN signer_store_entry ON seq = entry_id
"""
_COUNTER = "SELECT max(counter) FROM signer_store_seenstatement WHERE credential = ?"
_NO_LIMIT = 2**63 - 1


@dataclass(frozen=True)
class Pinned:
    """What genesis pinned for ever."""

    instance: str
    demo: bool
    genesis: str


def pinned() -> Pinned | None:
    """Return what genesis pinned, None before genesis."""
    for instance, demo, genesis in sql.rows(_PINNED):
        return Pinned(instance, bool(demo), genesis)
    return None


def trust(*, before: int | None = None) -> TrustState:
    """The trust store with everything accepted so far; folded anew only when something was.

    ``before``: as it stood when the entry of this number was written.
    """
    ((seq, last),) = sql.rows(_LAST_TRUST)
    return _trust(last) if before is None or seq < before else _folded(before)


def last_counter(credential: str) -> int | None:
    """The highest counter an authenticator has shown."""
    ((counter,),) = sql.rows(_COUNTER, credential)
    return counter if counter is None else int(counter)


def is_rejected(subject: str) -> bool:
    """True when somebody rejected the document with this hash."""
    return sql.value(models.RejectedSubject, "subject", subject=subject) is not None


def is_order_taken(nonce: str) -> bool:
    """True when an order of the console stands in the journal."""
    return sql.value(models.ConsoleOrder, "nonce", nonce=nonce) is not None


@lru_cache(maxsize=2)
def _trust(last: str) -> TrustState:
    """``last``: hash of the entry that accepted the newest document. Rows never change, so it names all."""
    return _folded(_NO_LIMIT)


def _folded(before: int) -> TrustState:
    ((genesis,),) = sql.rows(_GENESIS)
    by_entry = {
        seq: Accepted.of_document(TrustDocument.from_bytes(bytes(document)), clock.read_time(at))
        for seq, document, at in sql.rows(_TRUST)
    }
    by_entry |= {seq: _ordered(StoreEntry.from_bytes(bytes(body))) for seq, body in sql.rows(_ORDERS)}
    return TrustState(
        genesis=Genesis.from_json(StoreEntry.from_bytes(bytes(genesis)).body["genesis"]),
        accepted=tuple(by_entry[seq] for seq in sorted(by_entry) if seq < before),
    )


def _ordered(entry: StoreEntry) -> Accepted:
    """An order of the console counts like a document of its type, named by its entry."""
    order = entry.body["order"]
    _, form = TYPES[order["type"]]
    return Accepted(entry.hash, order["type"], form.read(order["body"]), entry.at)

"""The chain of entries: append inside an open transaction, read back, verify from the first on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.hsm.signer.store import models, sql
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.projections import project
from custody.statements.store_entry import FIRST_PREVIOUS, EntryKind, StoreEntry
from custody.statements.trust import TrustDocument

_NO_LIMIT = 2**63 - 1
TRUST_FORMAT = TrustDocument.FORMAT
_LAST = "SELECT body FROM signer_store_entry ORDER BY seq DESC LIMIT 1"
_OF_REQUEST = "SELECT body FROM signer_store_entry WHERE request_hash = ? ORDER BY seq"
# The plus keeps SQLite from walking the index over all entries without a request.
_LOOSE_BEFORE = """
    SELECT body FROM signer_store_entry WHERE +request_hash = '' AND seq < ? AND seq > coalesce((
        SELECT seq FROM signer_store_entry WHERE seq < ? AND kind = 'SEEN' ORDER BY seq DESC LIMIT 1
    ), -1) ORDER BY seq
"""


@dataclass(frozen=True)
class Draft:
    """An entry before it has a place in the chain; ``document`` holds bytes it names by their hash only."""

    kind: EntryKind
    body: dict[str, Any]
    document: bytes | None = None


def append(draft: Draft, *, after: StoreEntry | None, at: datetime, request_hash: str = "") -> StoreEntry:
    """Append one entry and its projections behind ``after``; must run inside a transaction.

    Raises IntegrityError for a broken promise, and StoreStoppedError when the place is taken: somebody
    else has opened the store.
    """
    entry = StoreEntry(
        seq=after.seq + 1 if after else 0,
        previous=after.hash if after else FIRST_PREVIOUS,
        kind=draft.kind,
        at=at.replace(microsecond=0),
        body=draft.body,
    )
    _insert(entry, request_hash)
    project(entry, request_hash, draft.document)
    return entry


def _insert(entry: StoreEntry, request_hash: str) -> None:
    try:
        sql.insert(
            models.Entry,
            seq=entry.seq,
            kind=entry.kind,
            previous=entry.previous,
            hash=entry.hash,
            request_hash=request_hash,
            body=entry.to_bytes(),
        )
    except IntegrityError:
        raise StoreStoppedError("another process writes to the store", code="store_not_ours") from None


def last() -> StoreEntry | None:
    """The entry at the end of the chain."""
    found = _read(_LAST)
    return found[0] if found else None


def of_request(request_hash: str) -> list[StoreEntry]:
    """All entries that a request caused, in order; the empty hash gives those of no request."""
    return _read(_OF_REQUEST, request_hash)


def loose_before(seen: StoreEntry) -> list[StoreEntry]:
    """The entries without a request between a SEEN entry and the one before it.

    Reported with the request that was seen, so each entry (genesis, keys, clock, refused messages)
    travels in exactly one result, wherever it stands among the entries of requests.
    """
    return _read(_LOOSE_BEFORE, seen.seq, seen.seq)


def loose() -> list[StoreEntry]:
    """The entries without a request since the last SEEN: they wait for the next request."""
    return _read(_LOOSE_BEFORE, _NO_LIMIT, _NO_LIMIT)


def verify() -> None:
    """Walk the whole chain; raises StoreStoppedError at the first entry that does not fit."""
    previous = FIRST_PREVIOUS
    for expected, row in enumerate(_rows()):
        if not _fits(row, seq=expected, previous=previous):
            raise StoreStoppedError(f"entry {expected} of the store does not fit its chain")
        previous = row.hash


def verify_documents() -> None:
    """The documents beside the chain are those that its entries name; raises StoreStoppedError."""
    entries = {row.seq: StoreEntry.from_bytes(bytes(row.body)) for row in _rows(kind="TRUST")}
    named = {seq: entry for seq, entry in entries.items() if "document" in entry.body}
    kept = {row.entry_id: row for row in models.TrustDocument.objects.all()}
    for seq, entry in named.items():
        row = kept.pop(seq, None)
        if row is None or not _is_named(row, entry):
            raise StoreStoppedError(f"the trust document of entry {seq} is missing or another one")
    if kept:
        raise StoreStoppedError("a trust document that no entry names")


def _is_named(row: models.TrustDocument, entry: StoreEntry) -> bool:
    body, data = entry.body, bytes(row.document)
    columns = (row.hash, row.stream, row.epoch, row.activates_at)
    said = tuple(body.get(name) for name in ("document", "stream", "epoch", "activates_at"))
    return columns == said and canonical.tagged_hash(TRUST_FORMAT, data).hex() == row.hash


def _fits(row: models.Entry, *, seq: int, previous: str) -> bool:
    """True when bytes, hash and columns agree and continue the chain."""
    try:
        entry = StoreEntry.from_bytes(bytes(row.body))
    except (InvalidInputError, TypeError):
        return False
    columns = (row.seq, row.previous, row.kind, row.hash)
    return columns == (seq, previous, entry.kind, entry.hash) and columns[:2] == (entry.seq, entry.previous)


def _rows(**filters: str) -> Iterator[models.Entry]:
    return models.Entry.objects.filter(**filters).order_by("seq").iterator(chunk_size=500)


def _read(statement: str, *parameters: sql.Value) -> list[StoreEntry]:
    return [StoreEntry.from_bytes(bytes(body)) for (body,) in sql.rows(statement, *parameters)]

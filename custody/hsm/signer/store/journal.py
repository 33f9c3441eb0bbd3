"""The chain of entries: append inside an open transaction, read back, verify from the first on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custody.common.errors import InvalidInputError
from custody.hsm.signer.store import models
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.projections import project
from custody.statements.result import Head
from custody.statements.store_entry import FIRST_PREVIOUS, EntryKind, StoreEntry


@dataclass(frozen=True)
class Draft:
    """An entry before it has a place in the chain."""

    kind: EntryKind
    body: dict[str, Any]


def append(draft: Draft, *, at: datetime, request_hash: str = "") -> StoreEntry:
    """Append one entry and its projections; must run inside ``Store.transaction``."""
    last = head()
    entry = StoreEntry(
        seq=last.seq + 1 if last else 0,
        previous=last.hash if last else FIRST_PREVIOUS,
        kind=draft.kind,
        at=at.replace(microsecond=0),
        body=draft.body,
    )
    row = models.Entry.objects.create(
        seq=entry.seq,
        kind=entry.kind,
        previous=entry.previous,
        hash=entry.hash,
        request_hash=request_hash,
        body=entry.to_bytes(),
    )
    project(row, entry)
    return entry


def head() -> Head | None:
    """Sequence number and hash of the last entry."""
    last = models.Entry.objects.order_by("-seq").only("seq", "hash").first()
    return Head(seq=last.seq, hash=last.hash) if last else None


def last_time() -> datetime | None:
    """When the last entry was written, by the signer's clock."""
    last = models.Entry.objects.order_by("-seq").first()
    return read(last).at if last else None


def read(row: models.Entry) -> StoreEntry:
    """Decode the canonical bytes of a row."""
    return StoreEntry.from_bytes(bytes(row.body))


def of_request(request_hash: str) -> tuple[StoreEntry, ...]:
    """All entries that a request caused, in order."""
    rows = models.Entry.objects.filter(request_hash=request_hash).order_by("seq")
    return tuple(read(row) for row in rows)


def reported_with(request_hash: str) -> tuple[StoreEntry, ...]:
    """Entries of a request, and the run of entries without a request directly before its first.

    So each entry (genesis, keys, refused messages) travels in exactly one result.
    """
    own = of_request(request_hash)
    if not own:
        return ()
    before = models.Entry.objects.filter(seq__lt=own[0].seq)
    former = before.exclude(request_hash="").order_by("-seq").only("seq").first()
    loose = before.filter(seq__gt=former.seq) if former else before
    return (*(read(row) for row in loose.order_by("seq")), *own)


def verify() -> None:
    """Walk the whole chain; raises StoreStoppedError at the first entry that does not fit."""
    previous = FIRST_PREVIOUS
    for expected, row in enumerate(_rows()):
        if not _fits(row, seq=expected, previous=previous):
            raise StoreStoppedError(f"entry {expected} of the store does not fit its chain")
        previous = row.hash


def _fits(row: models.Entry, *, seq: int, previous: str) -> bool:
    """True when bytes, hash and columns agree and continue the chain."""
    try:
        entry = read(row)
    except (InvalidInputError, TypeError):
        return False
    columns = (row.seq, row.previous, row.kind, row.hash)
    return columns == (seq, previous, entry.kind, entry.hash) and columns[:2] == (entry.seq, entry.previous)


def _rows() -> Iterator[models.Entry]:
    return models.Entry.objects.order_by("seq").iterator(chunk_size=500)

"""``Store``: exclusive owner of journal and head file for the life of a process.

Opening verifies the whole chain and compares it with the head file: a store behind its head was
rewound and stays shut; a store ahead of it crashed between commit and head, and goes on.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.db import transaction

from custody.hsm.signer.store import journal, models
from custody.hsm.signer.store.errors import StoreBehindHeadError, StoreStoppedError
from custody.hsm.signer.store.head import HeadFile
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.router import ALIAS
from custody.statements.store_entry import StoreEntry


class Store:
    """Journal, head file and lock file below ``directory``; one process at a time."""

    def __init__(self, directory: Path) -> None:
        self._lock_path = directory / "lock"
        self._lock: int | None = None
        self.head_file = HeadFile(directory / "head.json")

    def open(self) -> None:
        """Take the lock and check the chain; raises StoreStoppedError or StoreBehindHeadError."""
        self._take_lock()
        journal.verify()
        self._compare_with_head()

    def close(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One write transaction; SQLite begins it IMMEDIATE and syncs its commit."""
        with transaction.atomic(using=ALIAS):
            yield

    def append(self, drafts: Sequence[Draft], *, at: datetime, request_hash: str = "") -> list[StoreEntry]:
        """Append entries inside an open transaction; the head follows with ``sync_head``."""
        return [journal.append(draft, at=at, request_hash=request_hash) for draft in drafts]

    def commit(self, *drafts: Draft, at: datetime, request_hash: str = "") -> None:
        """Append entries in a transaction of their own and advance the head."""
        with self.transaction():
            self.append(drafts, at=at, request_hash=request_hash)
        self.sync_head()

    def sync_head(self) -> None:
        """Advance the head file to the last committed entry, durably; nothing to do is fine."""
        head = journal.head()
        if head is not None and self.head_file.read() != head:
            self.head_file.advance(head)

    def _take_lock(self) -> None:
        descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise StoreStoppedError("another process owns the store", code="store_locked") from None
        self._lock = descriptor

    def _compare_with_head(self) -> None:
        head, last = self.head_file.read(), journal.head()
        if head is None:
            # Only a store that has signed nothing yet may be without a head: genesis was cut short.
            if models.Entry.objects.exclude(kind="GENESIS").exists():
                raise StoreStoppedError("the head file is missing", code="head_missing")
        elif not models.Entry.objects.filter(seq=head.seq, hash=head.hash).exists():
            raise StoreBehindHeadError("the store does not contain the entry named by the head file")
        if last is not None:
            self.sync_head()

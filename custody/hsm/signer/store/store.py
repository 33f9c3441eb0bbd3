"""``Store``: exclusive owner of journal and head file for the life of a process.

Opening verifies the whole chain and compares it with the head file: a store behind its head was
rewound and stays shut; a store ahead of it crashed between commit and head, and goes on. While
open, the end of the chain is known in memory: nobody else can move it.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.db import OperationalError, transaction

from custody.hsm.signer.store import blobs, journal, lapses, models, sql
from custody.hsm.signer.store.errors import StoreBehindHeadError, StoreStoppedError, StoreUnavailableError
from custody.hsm.signer.store.head import HeadFile
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.router import ALIAS
from custody.statements.result import Head
from custody.statements.store_entry import StoreEntry


class Store:
    """Journal, head file and lock file below ``directory``; one process at a time."""

    def __init__(self, directory: Path) -> None:
        self._lock_path = directory / "lock"
        self._lock: int | None = None
        self._last: StoreEntry | None = None
        self._synced: Head | None = None
        self.head_file = HeadFile(directory / "head")

    def open(self) -> None:
        """Take the lock and check the chain; raises StoreStoppedError or StoreBehindHeadError."""
        self._take_lock()
        journal.verify()
        self._last = journal.last()
        self._synced = self.head_file.read()
        self._compare_with_head()
        journal.verify_documents()
        blobs.verify()
        lapses.verify()
        self.sync_head()
        self._name_owner()

    def close(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def last_time(self) -> datetime | None:
        """When the last entry was written, by the signer's clock."""
        return self._last.at if self._last else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One write transaction; SQLite begins it IMMEDIATE and syncs its commit.

        Raises StoreUnavailableError when the database could not take it; then nothing of it is there.
        """
        before = self._last
        try:
            with transaction.atomic(using=ALIAS):
                yield
        except OperationalError as error:
            self._last = before
            raise StoreUnavailableError(f"the store took nothing: {error}") from None
        except BaseException:
            self._last = before
            raise

    def append(self, drafts: Sequence[Draft], *, at: datetime, request_hash: str = "") -> list[StoreEntry]:
        """Append entries inside an open transaction; the head follows with ``sync_head``."""
        made = []
        for draft in drafts:
            self._last = journal.append(draft, after=self._last, at=at, request_hash=request_hash)
            made.append(self._last)
        return made

    def commit(self, *drafts: Draft, at: datetime, request_hash: str = "") -> list[StoreEntry]:
        """Append entries in a transaction of their own."""
        with self.transaction():
            return self.append(drafts, at=at, request_hash=request_hash)

    def sync_head(self) -> None:
        """Advance the head file to the last committed entry, durably; nothing to do is fine."""
        if self._last is None:
            return
        head = Head(seq=self._last.seq, hash=self._last.hash)
        if head != self._synced:
            if sql.value(models.Entry, "hash", seq=head.seq) != head.hash:
                raise StoreStoppedError("the end of the chain is not in the store")
            self.head_file.advance(head)
            self._synced = head

    def _take_lock(self) -> None:
        descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise StoreStoppedError("another process owns the store", code="store_locked") from None
        self._lock = descriptor

    def _name_owner(self) -> None:
        """Our process id in the lock file says that the store is open, to whoever started us."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    def _compare_with_head(self) -> None:
        head = self._synced
        if head is None:
            # Only a store that has signed nothing yet may be without a head: genesis was cut short.
            if models.Entry.objects.exclude(kind="GENESIS").exists():
                raise StoreStoppedError("the head file is missing", code="head_missing")
        elif not models.Entry.objects.filter(seq=head.seq, hash=head.hash).exists():
            raise StoreBehindHeadError("the store does not contain the entry named by the head file")

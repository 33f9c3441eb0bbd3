"""Data keys by subject and by number, with a small cache in memory.

Keys are cached by the number of their row and only for CACHE_SECONDS, so a subject shredded in
another process stays readable here no longer than that. Numbers are never reused, not even
after a rollback.
"""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from django.conf import settings

from custody.vault.client import KeysClient, WrappedKey
from custody.vault.errors import ShreddedError, VaultIntegrityError
from custody.vault.models import DataKey

CACHE_ENTRIES = 2_000
CACHE_SECONDS = 60.0


class KeyCache:
    """Least recently used keys with an age limit; safe for threads."""

    def __init__(
        self, *, entries: int, seconds: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._entries, self._seconds, self._monotonic = entries, seconds, monotonic
        self._keys: OrderedDict[tuple[int, str], tuple[float, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, number: int, subject: str) -> bytes | None:
        with self._lock:
            stored_at, key = self._keys.get((number, subject), (0.0, b""))
            if not key or self._monotonic() - stored_at > self._seconds:
                self._keys.pop((number, subject), None)
                return None
            self._keys.move_to_end((number, subject))
            return key

    def put(self, number: int, subject: str, key: bytes) -> None:
        with self._lock:
            self._keys[number, subject] = (self._monotonic(), key)
            while len(self._keys) > self._entries:
                self._keys.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._keys.clear()


_cache = KeyCache(entries=CACHE_ENTRIES, seconds=CACHE_SECONDS)


def forget_all() -> None:
    """Empty this process's cache (after shredding, and between tests)."""
    _cache.clear()


def key_for_writing(subject: str) -> tuple[int, bytes]:
    """Return number and data key of ``subject``, made on first use; raises ShreddedError."""
    row = DataKey.objects.filter(subject=subject).first() or _create(subject)
    return row.pk, _open(row)


def key_for_reading(number: int, subject: str) -> bytes:
    """Return data key ``number``; raises ShreddedError, or VaultIntegrityError for a foreign one."""
    cached = _cache.get(number, subject)
    if cached is not None:
        return cached
    row = DataKey.objects.filter(pk=number, subject=subject).first()
    if row is None:
        raise VaultIntegrityError(f"no data key {number} for this subject")
    return _open(row)


def rewrap(row: DataKey, *, current: str) -> bool:
    """Wrap a locked row's data key under the key-encryption key ``current``; False when it is already."""
    if row.shredded_at is not None or row.kek == current:
        return False
    wrapped = _client().rewrap(subject=row.subject, wrapped=WrappedKey(row.kek, bytes(row.wrapped)))
    row.kek, row.wrapped = wrapped.kek, wrapped.wrapped
    row.save(update_fields=["kek", "wrapped"])
    return True


def current_kek() -> str:
    """Name of the key-encryption key that new data keys get; asking lets a due rotation happen."""
    return _client().current_kek()


def _create(subject: str) -> DataKey:
    wrapped = _client().wrap(subject=subject, key=os.urandom(32))
    # Two writers may race: the unique subject lets one insert win, and both read the winner.
    row = DataKey(subject=subject, wrapped=wrapped.wrapped, kek=wrapped.kek)
    DataKey.objects.bulk_create([row], ignore_conflicts=True)
    return DataKey.objects.get(subject=subject)


def _open(row: DataKey) -> bytes:
    if row.shredded_at is not None:
        raise ShreddedError("the data key of this subject was destroyed")
    key = _cache.get(row.pk, row.subject)
    if key is None:
        key = _client().unwrap(subject=row.subject, wrapped=WrappedKey(row.kek, bytes(row.wrapped)))
        _cache.put(row.pk, row.subject, key)
    return key


def _client() -> KeysClient:
    return KeysClient(settings.KEYS_SOCKET)

"""The head file: last entry of the store, kept outside its database against rewinding.

Two places of one sector each are written in turn, each with a checksum, so that a write torn by
a crash leaves the other one whole. It is advanced, durably, after the store's commit and before
the HSM is called (trust.md 20).
"""

import os
from pathlib import Path

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.statements.result import Head

PLACE_BYTES = 512
_CHECKSUM = "custody/head-file/v1"


class HeadFile:
    """One small file below the signer's directory; ``read`` before the first ``advance``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._newest = 0

    def read(self) -> Head | None:
        """Return the newer whole place, None when there is no file; raises StoreStoppedError for neither."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        places = [data[start : start + PLACE_BYTES] for start in (0, PLACE_BYTES)]
        heads = [(head, index) for index, place in enumerate(places) if (head := _read_place(place))]
        if not heads:
            raise StoreStoppedError("the head file is damaged")
        newest, self._newest = max(heads, key=lambda found: found[0].seq)
        return newest

    def advance(self, head: Head) -> None:
        """Write the head durably over the older place."""
        is_new = not self._path.exists()
        place = 1 - self._newest
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, _place(head), place * PLACE_BYTES)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        self._newest = place
        if is_new:
            sync_directory(self._path.parent)


def sync_directory(path: Path) -> None:
    """Make the creation or renaming of a file inside ``path`` durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _place(head: Head) -> bytes:
    data = canonical.encode(head.to_json())
    return (canonical.tagged_hash(_CHECKSUM, data).hex().encode() + data).ljust(PLACE_BYTES)


def _read_place(place: bytes) -> Head | None:
    checksum, data = place[:64], place[64:].rstrip()
    if canonical.tagged_hash(_CHECKSUM, data).hex().encode() != checksum:
        return None
    try:
        return Head.read(canonical.decode(data))
    except InvalidInputError:
        return None

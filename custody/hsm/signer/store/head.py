"""The head file: last entry of the store, kept outside its database against rewinding.

Written to a new file, synced, renamed and the directory synced, so that after a crash either the
old or the new head stands there whole. It is advanced after the store's commit and before the
HSM is called (trust.md 20).
"""

import os
from pathlib import Path

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.statements.result import Head


class HeadFile:
    """One small file below the signer's directory."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Head | None:
        """Return the head, None when there is no file; raises StoreStoppedError for a broken one."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return Head.read(canonical.decode(data))
        except InvalidInputError:
            raise StoreStoppedError("the head file is damaged") from None

    def advance(self, head: Head) -> None:
        """Replace the head durably."""
        temporary = self._path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(descriptor, canonical.encode(head.to_json()))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(self._path)
        sync_directory(self._path.parent)


def sync_directory(path: Path) -> None:
    """Make a rename inside ``path`` durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The second place of blobs: one file per key, in the directory that the signer's settings name.

Meant for another disk than the store's. A file is whole or not there; what it holds opens nothing
without the token's wrapping key.
"""

import os
from pathlib import Path

from django.conf import settings

from custody.common import canonical
from custody.common.errors import InvalidInputError, UnavailableError
from custody.hsm.signer.store.head import sync_directory

FORMAT = "custody/key-backup/v1"


class BlobBackup:
    """Files below ``directory``; every write and removal is durable when the call returns.

    Raises UnavailableError ``key_backup_unavailable`` where the directory does not let us.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def write(self, key_id: str, *, public_key: str, blob: bytes) -> None:
        """Put the blob of a key there; the same one again changes nothing."""
        if self.read(key_id) == blob:
            return
        said = {"format": FORMAT, "key": key_id, "public_key": public_key, "blob": blob.hex()}
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = self._directory / f".{key_id}"
            _write_durably(temporary, canonical.encode(said))
            temporary.replace(self._path(key_id))
            sync_directory(self._directory)
        except OSError as error:
            raise _unavailable(error) from None

    def read(self, key_id: str) -> bytes | None:
        """The blob of a key; None where there is no file, empty where the file does not say it."""
        try:
            said = canonical.decode(self._path(key_id).read_bytes())
        except FileNotFoundError:
            return None
        except InvalidInputError:
            return b""
        except OSError as error:
            raise _unavailable(error) from None
        named = isinstance(said, dict) and (said.get("format"), said.get("key")) == (FORMAT, key_id)
        try:
            return bytes.fromhex(str(said["blob"])) if named else b""
        except (KeyError, ValueError):
            return b""

    def remove(self, key_id: str) -> None:
        """Overwrite the file and take it away; one that is gone is fine."""
        path = self._path(key_id)
        try:
            if path.exists():
                _overwrite(path)
                path.unlink()
            if self._directory.exists():
                sync_directory(self._directory)
        except OSError as error:
            raise _unavailable(error) from None

    def _path(self, key_id: str) -> Path:
        return self._directory / f"{key_id}.json"


def own() -> BlobBackup:
    """The backup of this signer."""
    return BlobBackup(settings.SIGNER_KEY_BACKUP_DIR)


def _write_durably(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _overwrite(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, bytes(os.fstat(descriptor).st_size))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unavailable(error: OSError) -> UnavailableError:
    return UnavailableError(
        f"the backup of keys cannot be used ({error.strerror})", code="key_backup_unavailable"
    )

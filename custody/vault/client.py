"""Client of the keys process: wraps and unwraps data keys over its unix socket.

The key-encryption key stays on a token that only the keys process can open. One connection per
call; the cache of data keys (custody.vault.keyring) keeps calls rare.
"""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from custody.common.canonical import NotCanonicalError
from custody.vault.errors import KeysUnavailableError, VaultIntegrityError
from custody.vault.protocol import FrameError, read_frame, write_frame

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class WrappedKey:
    """A data key as it is stored: encrypted by the key-encryption key named ``kek``."""

    kek: str
    wrapped: bytes


class KeysClient:
    """Calls raise KeysUnavailableError when the process or its token does not answer."""

    def __init__(self, path: Path, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._path = path
        self._timeout = timeout

    def current_kek(self) -> str:
        """Return the name of the key-encryption key that new data keys get."""
        return str(self._call({"op": "status"})["kek"])

    def wrap(self, *, subject: str, key: bytes) -> WrappedKey:
        """Encrypt a 32-byte data key, bound to ``subject``."""
        answer = self._call({"op": "wrap", "subject": subject, "key": key.hex()})
        return WrappedKey(str(answer["kek"]), bytes.fromhex(answer["wrapped"]))

    def rewrap(self, *, subject: str, wrapped: WrappedKey) -> WrappedKey:
        """The same data key under the current key-encryption key; raises like ``unwrap``."""
        answer = self._call(
            {"op": "rewrap", "subject": subject, "kek": wrapped.kek, "wrapped": wrapped.wrapped.hex()}
        )
        return WrappedKey(str(answer["kek"]), bytes.fromhex(answer["wrapped"]))

    def unwrap(self, *, subject: str, wrapped: WrappedKey) -> bytes:
        """Return the 32-byte data key; raises VaultIntegrityError for another subject or altered bytes."""
        answer = self._call(
            {"op": "unwrap", "subject": subject, "kek": wrapped.kek, "wrapped": wrapped.wrapped.hex()}
        )
        return bytes.fromhex(answer["key"])

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = exchange(self._path, request, timeout=self._timeout)
        except (OSError, FrameError, NotCanonicalError):
            raise KeysUnavailableError("the keys process does not answer") from None
        match answer.get("error"):
            case None:
                return answer
            case "integrity":
                raise VaultIntegrityError("the keys process refused the wrapped key")
            case code:
                raise KeysUnavailableError(f"the keys process refused: {code}")


def exchange(path: Path, request: dict[str, Any], *, timeout: float) -> dict[str, Any]:
    """Send one request to the socket at ``path`` and return the answer; raises OSError, FrameError or
    NotCanonicalError. ``timeout`` in seconds."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        connection.connect(str(path))
        with connection.makefile("rwb") as stream:
            write_frame(stream, request)
            return read_frame(stream)

"""Serves wrap and unwrap on a unix socket to the users named at start, and to nobody else.

The peer's user id comes from the kernel (SO_PEERCRED, unix(7)); the mode of the socket is a
second lock. Requests that make no sense get an error code and change nothing.
"""

import logging
import os
import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from custody.common.canonical import NotCanonicalError
from custody.common.errors import CustodyError
from custody.hsm.keys_server.kek import KeyEncryptionKeys
from custody.vault.protocol import FrameError, read_frame, write_frame

logger = logging.getLogger(__name__)

THREADS = 8
PEER_TIMEOUT_SECONDS = 5.0
MAX_SUBJECT = 200
_CREDENTIALS = struct.Struct("iII")


class KeysServer:
    """Answers one request per connection."""

    def __init__(self, keys: KeyEncryptionKeys, *, allowed_uids: frozenset[int]) -> None:
        self._keys = keys
        self._allowed = allowed_uids

    def serve(self, path: Path, *, mode: int) -> None:
        """Listen on ``path`` until the process is asked to stop."""
        with listen(path, mode) as listener, ThreadPoolExecutor(THREADS) as pool:
            try:
                while True:
                    connection, _ = listener.accept()
                    pool.submit(self.serve_connection, connection)
            finally:
                path.unlink(missing_ok=True)

    def serve_connection(self, connection: socket.socket) -> None:
        """Answer one request; a peer that breaks off or is a stranger only leaves a log line."""
        with connection:
            connection.settimeout(PEER_TIMEOUT_SECONDS)
            uid = peer_uid(connection)
            try:
                with connection.makefile("rwb") as stream:
                    # Read first: closing on unread data would cut the answer off.
                    request = read_frame(stream)
                    write_frame(stream, self._answer_peer(uid, request))
            except (OSError, FrameError, NotCanonicalError) as error:
                logger.warning("keys: connection dropped (%s)", type(error).__name__)

    def _answer_peer(self, uid: int, request: dict[str, Any]) -> dict[str, Any]:
        if uid not in self._allowed:
            logger.warning("keys: connection from user id %d refused", uid)
            return {"error": "forbidden"}
        return self.answer(request)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one request; never raises for what a peer can send."""
        try:
            return self._perform(request)
        except CustodyError as error:
            logger.warning("keys: %s refused (%s)", request.get("op"), error.code)
            return {"error": error.code}
        except (KeyError, ValueError, TypeError):
            return {"error": "bad_request"}

    def _perform(self, request: dict[str, Any]) -> dict[str, Any]:
        match request:
            case {"op": "status", **rest} if not rest:
                return {"kek": self._keys.current}
            case {"op": "wrap", "subject": str(subject), "key": str(key), **rest} if not rest:
                name, wrapped = self._keys.wrap(subject=_subject(subject), key=bytes.fromhex(key))
                return {"kek": name, "wrapped": wrapped.hex()}
            case {
                "op": "unwrap",
                "subject": str(subject),
                "kek": str(name),
                "wrapped": str(data),
                **rest,
            } if not rest:
                opened = self._keys.unwrap(subject=_subject(subject), name=name, wrapped=bytes.fromhex(data))
                return {"key": opened.hex()}
        return {"error": "bad_request"}


def listen(path: Path, mode: int) -> socket.socket:
    """Bind ``path`` with ``mode`` from the first moment; a socket left by a dead process is replaced."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    former = os.umask(0o777 & ~mode)
    try:
        listener.bind(str(path))
    finally:
        os.umask(former)
    listener.listen(64)
    return listener


def peer_uid(connection: socket.socket) -> int:
    """User id of the process at the other end, as the kernel saw it on connect."""
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(data)
    return int(uid)


def _subject(value: str) -> str:
    if not 0 < len(value) <= MAX_SUBJECT:
        raise ValueError("subject")
    return value

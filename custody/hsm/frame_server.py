"""Answers framed requests on a unix socket to the users named at start, and to nobody else.

The peer's user id comes from the kernel (SO_PEERCRED, unix(7)); the mode of the socket is a
second lock. Base of the processes that hold keys and talk to the web side by a socket.
"""

import logging
import os
import socket
import struct
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from custody.common.canonical import NotCanonicalError
from custody.common.errors import CustodyError
from custody.vault.protocol import FrameError, read_frame, write_frame

logger = logging.getLogger(__name__)

THREADS = 8
PEER_TIMEOUT_SECONDS = 5.0
_CREDENTIALS = struct.Struct("iII")


class FrameServer(ABC):
    """Answers one request per connection; ``name`` stands in its log lines."""

    name: str

    def __init__(self, *, allowed_uids: frozenset[int]) -> None:
        self._allowed = allowed_uids

    @abstractmethod
    def perform(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer; may raise CustodyError, and ValueError and the like for nonsense."""

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
                logger.warning("%s: connection dropped (%s)", self.name, type(error).__name__)

    def _answer_peer(self, uid: int, request: dict[str, Any]) -> dict[str, Any]:
        if uid not in self._allowed:
            logger.warning("%s: connection from user id %d refused", self.name, uid)
            return {"error": "forbidden"}
        return self.answer(request)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one request; never raises for what a peer can send."""
        try:
            return self.perform(request)
        except CustodyError as error:
            logger.warning("%s: %s refused (%s)", self.name, request.get("op"), error.code)
            return {"error": error.code}
        except (KeyError, ValueError, TypeError):
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

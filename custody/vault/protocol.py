"""Frames between the vault and the keys process: 4-byte big-endian length, then canonical JSON.

Requests are ``{"op":"status"}``, ``{"op":"wrap","subject","key"}`` and
``{"op":"unwrap","subject","kek","wrapped"}``; answers are ``{"kek"}``, ``{"kek","wrapped"}``,
``{"key"}`` or ``{"error"}``. Binary values are lower-case hex.
"""

import struct
from typing import Any, Protocol

from custody.common import canonical

MAX_FRAME = 8 * 1024
_LENGTH = struct.Struct(">I")


class Stream(Protocol):
    """The part of a buffered socket file that frames need."""

    def read(self, size: int, /) -> bytes: ...
    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


class FrameError(Exception):
    """The peer closed the connection early or sent something that is no frame."""


def write_frame(stream: Stream, message: dict[str, Any]) -> None:
    """Send one message; raises NotCanonicalError when it is longer than MAX_FRAME."""
    data = canonical.encode(message, limit=MAX_FRAME)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def read_frame(stream: Stream) -> dict[str, Any]:
    """Receive one message; raises FrameError, or NotCanonicalError for a bad spelling."""
    (length,) = _LENGTH.unpack(_read_exactly(stream, _LENGTH.size))
    if length > MAX_FRAME:
        raise FrameError(f"frame is longer than {MAX_FRAME} bytes")
    message = canonical.decode(_read_exactly(stream, length), limit=MAX_FRAME)
    if not isinstance(message, dict):
        raise FrameError("message is not an object")
    return message


def _read_exactly(stream: Stream, length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise FrameError("connection closed inside a frame")
    return data

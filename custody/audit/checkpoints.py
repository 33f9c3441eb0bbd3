"""Reads the signer's checkpoint file: one signed head of a stream per line.

Each line is ``{"checkpoint":{…},"public_key":…,"signature":…}`` (formats section 8). The file is
the signer's own and only grows; an auditor may keep an outside copy. All lines are signed by one
P-256 key, which the caller names or compares by its fingerprint.
"""

import json
from pathlib import Path
from typing import Any

from custody.common.errors import InvalidInputError
from custody.statements.checkpoint import SignedCheckpoint


class CheckpointFileError(InvalidInputError):
    """The file is not what the signer wrote; names the line."""

    code = "bad_checkpoint"


def read_checkpoints(path: Path, *, public_key: str | None = None) -> list[SignedCheckpoint]:
    """Return all checkpoints of the signer's own file, each verified; none while there is no file.

    ``public_key`` is the only one accepted; without it the first line's key. A part of a line at
    the end is being written and is left out. Raises CheckpointFileError.
    """
    if not path.exists():
        return []
    *lines, rest = _lines(path)
    return _read(lines if _is_part(rest) else [*lines, rest], public_key)


def read_copy(path: Path, *, public_key: str | None = None) -> list[SignedCheckpoint]:
    """Return all checkpoints of a copy, which nobody is writing: it is whole, or CheckpointFileError."""
    try:
        *lines, rest = _lines(path)
        signed = _read([*lines, rest] if rest else lines, public_key)
    except CheckpointFileError as error:
        raise CheckpointFileError(f"{path}: {error.detail}", field=error.field) from None
    if not signed:
        raise CheckpointFileError(f"{path} holds no checkpoint")
    return signed


def newest(signed: list[SignedCheckpoint], stream: str) -> SignedCheckpoint | None:
    """Return the checkpoint with the highest position of ``stream``."""
    own = [item for item in signed if item.checkpoint.stream == stream]
    return max(own, key=lambda item: item.checkpoint.position, default=None)


def _lines(path: Path) -> list[bytes]:
    """The lines of a file, then what follows the last line end, mostly nothing."""
    try:
        return path.read_bytes().split(b"\n")
    except OSError as error:
        raise CheckpointFileError(str(error.strerror)) from None


def _is_part(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return True
    return False


def _read(lines: list[bytes], public_key: str | None) -> list[SignedCheckpoint]:
    signed: list[SignedCheckpoint] = []
    for number, line in enumerate(lines, start=1):
        item = _read_line(line, number)
        expected = public_key or (signed[0].public_key if signed else item.public_key)
        if item.public_key != expected:
            raise CheckpointFileError(f"line {number} is signed by another key", field=f"/{number}")
        signed.append(item)
    return signed


def _read_line(line: bytes, number: int) -> SignedCheckpoint:
    try:
        value: Any = json.loads(line)
        item = SignedCheckpoint.read(value)
        item.verify()
    except (ValueError, InvalidInputError) as error:
        raise CheckpointFileError(f"line {number}: {error}", field=f"/{number}") from None
    return item

"""What the signer publishes: its checkpoints, its identity, its certificates. World-readable.

The checkpoint file only grows and is derived from the journal: whatever a crash left out is
appended at the next occasion.
"""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.hsm.signer.identity import identity
from custody.hsm.signer.store import models, signed_heads
from custody.hsm.signer.store.head import sync_directory
from custody.statements.checkpoint import Checkpoint

logger = logging.getLogger(__name__)

CHECKPOINTS = "checkpoints.jsonl"
IDENTITY = "signer.json"
_TAIL_BYTES = 64 * 1024


class PublicFiles:
    """Files below one directory that others read and the signer alone writes."""

    def __init__(self, directory: Path) -> None:
        self._checkpoints = directory / CHECKPOINTS
        self._identity = directory / IDENTITY

    def publish_checkpoints(self) -> None:
        """Append every signed checkpoint of the journal that is not in the file yet.

        Public files are made from the journal: what cannot be written now is written at the next occasion.
        """
        with _at_the_next_occasion():
            self._append_checkpoints()

    def publish_identity(self, *, at: datetime) -> None:
        """Like ``write_identity``, at the next occasion where it cannot be written now."""
        with _at_the_next_occasion():
            self.write_identity(at=at)

    def refresh_identity(self, *, at: datetime) -> None:
        """Publish what is said anew by this release; a newer head alone is no news, the words stay."""
        with _at_the_next_occasion():
            if _besides_head(self._published()) != _besides_head(identity(at=at)):
                self.write_identity(at=at)

    def _published(self) -> dict[str, Any]:
        """What stands in the file; nothing for none, or for one that cannot be read."""
        try:
            value = canonical.decode(self._identity.read_bytes(), limit=canonical.MAX_REQUEST)
        except (FileNotFoundError, InvalidInputError):
            return {}
        return value if isinstance(value, dict) else {}

    def _append_checkpoints(self) -> None:
        rows = signed_heads.signed_heads().filter(entry_id__gt=self._last_published()).order_by("entry_id")
        lines = b"".join(canonical.encode(signed_heads.read(row).to_json()) + b"\n" for row in rows)
        if not lines:
            return
        descriptor = os.open(self._checkpoints, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.fchmod(descriptor, 0o644)
            os.write(descriptor, lines)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def write_identity(self, *, at: datetime) -> None:
        """Write instance, policy, keys and the state of the trust store as one JSON object."""
        temporary = self._identity.with_suffix(".new")
        temporary.write_bytes(canonical.encode(identity(at=at), limit=canonical.MAX_REQUEST))
        temporary.chmod(0o644)
        temporary.replace(self._identity)
        sync_directory(self._identity.parent)

    def _last_published(self) -> int:
        """Sequence number of the SIGN entry of the last line that this store knows; -1 for none.

        Behind it stand, after a recovery, heads of the part that was lost.
        """
        self._cut_torn_line()
        for line in self._newest_lines():
            known = Checkpoint.from_json(json.loads(line)["checkpoint"])
            row = models.SignedCheckpoint.objects.filter(
                stream=known.stream, position=known.position, link=known.link
            ).first()
            if row is not None:
                return int(row.entry_id)
        return -1

    def _newest_lines(self) -> Iterator[bytes]:
        """The last line, then all of them backwards."""
        last = self._tail().removesuffix(b"\n").rpartition(b"\n")[2]
        if last:
            yield last
            yield from reversed(self._checkpoints.read_bytes().splitlines()[:-1])

    def _cut_torn_line(self) -> None:
        """A crash inside an append may leave half a line; it is in the journal and comes again."""
        tail = self._tail()
        torn = len(tail) - (tail.rfind(b"\n") + 1)
        if torn:
            os.truncate(self._checkpoints, self._checkpoints.stat().st_size - torn)

    def _tail(self) -> bytes:
        if not self._checkpoints.exists():
            return b""
        with self._checkpoints.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            return file.read()


@contextmanager
def _at_the_next_occasion() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        logger.critical("signer: not published (%s)", error.strerror)


def _besides_head(published: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in published.items() if name != "head"}

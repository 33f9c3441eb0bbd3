"""Pure part of the audit record: canonical entry, hashes, and the walk that verifies a stream.

Formats section 8. An examiner can run this with the standard library alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from custody.common import canonical
from custody.statements.audit_links import ENTRY_FORMAT, FIRST_PREVIOUS, entry_hash, link_hash

__all__ = ["FIRST_PREVIOUS", "BrokenLinkError", "Row", "entry_body", "entry_hash", "link_hash", "walk"]


class BrokenLinkError(Exception):
    """The stream is not what was recorded; names the first bad position."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(f"position {position}: {reason}")
        self.position = position
        self.reason = reason


@dataclass(frozen=True)
class Row:
    """One link with its entry as stored; ``body`` is None when the entry row is gone.

    ``repeated`` holds the columns that repeat fields of the body.
    """

    position: int
    previous: str
    link: str
    hash: str
    body: bytes | None
    repeated: dict[str, str]


def entry_body(
    *, stream: str, verb: str, actor: str, subject: str, payload: dict[str, Any], at: str
) -> dict[str, Any]:
    """Return the document whose canonical bytes are hashed (tag custody/audit-entry/v1)."""
    return {
        "format": ENTRY_FORMAT,
        "stream": stream,
        "verb": verb,
        "actor": actor,
        "subject": subject,
        "payload": payload,
        "at": at,
    }


def walk(stream: str, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield each row after it proved right, in order of position.

    Raises BrokenLinkError at the first row that is missing, changed, moved or put in.
    """
    previous = FIRST_PREVIOUS
    for expected, row in enumerate(rows, start=1):
        if row.position != expected:
            raise BrokenLinkError(expected, "link is missing")
        _check_entry(row)
        if row.previous != previous:
            raise BrokenLinkError(expected, "previous link differs")
        if row.link != link_hash(stream=stream, position=expected, entry=row.hash, previous=previous):
            raise BrokenLinkError(expected, "link hash differs")
        previous = row.link
        yield row


def _check_entry(row: Row) -> None:
    if row.body is None:
        raise BrokenLinkError(row.position, "entry is missing")
    if entry_hash(row.body) != row.hash:
        raise BrokenLinkError(row.position, "entry bytes differ from their hash")
    body = canonical.decode(row.body)
    for field, value in row.repeated.items():
        if body[field] != value:
            raise BrokenLinkError(row.position, f"column {field} differs from the entry bytes")

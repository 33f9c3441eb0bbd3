"""Chapters 9 and 10: the time line from the audit record, with position and link of each entry."""

from typing import Any

from custody.audit import selectors as audit
from custody.audit.models import AuditLink
from custody.common.clock import write_time

STREAM = "main"


def chapter(subjects: list[str]) -> dict[str, Any]:
    """The key ``timeline``: linked entries about the deal, its wallet and its payouts."""
    rows = audit.linked_entries(*subjects).filter(stream=STREAM)
    return {"timeline": [_entry(row) for row in rows]}


def _entry(row: AuditLink) -> dict[str, Any]:
    entry = row.entry
    return {
        "position": row.position,
        "at": write_time(entry.created_at),
        "verb": entry.verb,
        "actor": entry.actor_text,
        "subject": entry.subject,
        "entry": entry.hash,
        "link": row.link,
    }

"""Verifies the whole record against itself and against the signer's checkpoints.

Everything before the last checkpoint is proved: a change, removal, insertion or exchange there is
found even when a superuser recomputed all links. Later entries are counted as unsealed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from custody.audit import links
from custody.audit.models import AuditEntry, AuditLink
from custody.common import clock
from custody.statements.checkpoint import SignedCheckpoint

# A checkpoint of this stream is the head of the signer's own store; the record has no such stream.
STORE_STREAM = "signer"
_CHUNK = 1000


@dataclass
class Verdict:
    """Outcome over all streams; ``heads`` of each one, ``first_bad`` names stream, position, reason."""

    ok: bool = True
    entries: int = 0
    checkpoints: int = 0
    unsealed: int = 0
    unlinked: int = 0
    heads: dict[str, dict[str, object]] = field(default_factory=dict)
    first_bad: dict[str, object] | None = None

    def fail(self, stream: str, position: int, reason: str) -> None:
        self.ok = False
        self.first_bad = self.first_bad or {"stream": stream, "position": position, "reason": reason}


def verify_record(checkpoints: Sequence[SignedCheckpoint]) -> Verdict:
    """Walk every stream; the signatures of ``checkpoints`` are verified already."""
    verdict = Verdict(checkpoints=len(checkpoints))
    sealed = [item.checkpoint for item in checkpoints if item.checkpoint.stream != STORE_STREAM]
    for stream in sorted(_streams() | {item.stream for item in sealed}):
        own = [(item.position, item.link) for item in sealed if item.stream == stream and item.position]
        _verify_stream(stream, own, verdict)
    verdict.unlinked = AuditEntry.objects.filter(link=None).count()
    verdict.entries += verdict.unlinked
    verdict.unsealed += verdict.unlinked
    return verdict


def _verify_stream(stream: str, signed: list[tuple[int, str]], verdict: Verdict) -> None:
    due: dict[int, set[str]] = {}
    for position, link in signed:
        due.setdefault(position, set()).add(link)
    last_signed, position = max(due, default=0), 0
    try:
        for row in links.walk(stream, _rows(stream)):
            position = row.position
            if due.pop(position, {row.link}) != {row.link}:
                raise links.BrokenLinkError(position, "link differs from the signed checkpoint")
            verdict.heads[stream] = {"position": position, "link": row.link}
        if due:
            raise links.BrokenLinkError(position + 1, "entries before a signed checkpoint are gone")
    except links.BrokenLinkError as error:
        verdict.fail(stream, error.position, error.reason)
    unsealed = max(position - last_signed, 0)
    if stream in verdict.heads:
        verdict.heads[stream]["unsealed"] = unsealed
    verdict.entries += position
    verdict.unsealed += unsealed


def _streams() -> set[str]:
    return set(AuditLink.objects.order_by().values_list("stream", flat=True).distinct())


def _rows(stream: str) -> Iterator[links.Row]:
    """Yield the links of ``stream`` with their entries, looked up apart: an entry may be gone."""
    last = -1
    while batch := list(
        AuditLink.objects.filter(stream=stream, position__gt=last).order_by("position")[:_CHUNK]
    ):
        entries = AuditEntry.objects.in_bulk([link.entry_id for link in batch])
        for link in batch:
            yield _row(link, entries.get(link.entry_id))
        last = batch[-1].position


def _row(link: AuditLink, entry: AuditEntry | None) -> links.Row:
    return links.Row(
        position=link.position,
        previous=link.previous,
        link=link.link,
        hash=entry.hash if entry else "",
        body=bytes(entry.body) if entry else None,
        repeated=_repeated(entry) if entry else {},
    )


def _written(at: datetime) -> str:
    """As in the entry bytes; a part of a second has no place there."""
    return at.isoformat() if at.microsecond else clock.write_time(at)


def _repeated(entry: AuditEntry) -> dict[str, str]:
    repeated = {
        "stream": entry.stream,
        "verb": entry.verb,
        "actor": entry.actor_text,
        "subject": entry.subject,
        "at": _written(entry.created_at),
    }
    if entry.actor_id is not None and entry.actor_text != f"user:{entry.actor_id}":
        repeated["actor"] = f"user:{entry.actor_id}"
    return repeated

"""The one linker: gives committed entries their positions, batch by batch.

One linker at a time per database (advisory lock that ends with the transaction); a second one
returns at once. The unique constraints on position and previous link would stop a fork even
without the lock. Looking through all entries for unlinked ones would take longer each day, so
the frequent run looks at the newest WINDOW numbers; the watch over late entries looks at all.
"""

from django.db import connection, transaction

from custody.audit import links
from custody.audit.models import AuditEntry, AuditLink

BATCH = 1000
WINDOW = 10_000
_LOCK = 0x617564697400


def link_entries(*, everything: bool = False) -> int:
    """Link what is committed and recent, or all of it; return how many entries were linked."""
    total = 0
    while linked := _link_batch(after=0 if everything else _newest_linked() - WINDOW):
        total += linked
    return total


@transaction.atomic
def _link_batch(*, after: int) -> int:
    if not _lock():
        return 0
    unlinked = AuditEntry.objects.filter(link=None, id__gt=after)
    waiting = unlinked.order_by("id").only("id", "stream", "hash")[:BATCH]
    heads: dict[str, tuple[int, str]] = {}
    created = [_next_link(entry, heads) for entry in waiting]
    AuditLink.objects.bulk_create(created)
    return len(created)


def _lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _newest_linked() -> int:
    """Highest number of a linked entry, 0 before the first."""
    return AuditLink.objects.order_by("-entry_id").values_list("entry_id", flat=True).first() or 0


def _next_link(entry: AuditEntry, heads: dict[str, tuple[int, str]]) -> AuditLink:
    position, previous = heads.get(entry.stream) or _head(entry.stream)
    position += 1
    link = links.link_hash(stream=entry.stream, position=position, entry=entry.hash, previous=previous)
    heads[entry.stream] = position, link
    return AuditLink(stream=entry.stream, position=position, entry=entry, previous=previous, link=link)


def _head(stream: str) -> tuple[int, str]:
    last = AuditLink.objects.filter(stream=stream).order_by("-position").first()
    return (last.position, last.link) if last else (0, links.FIRST_PREVIOUS)

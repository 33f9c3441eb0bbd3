"""Reads of the audit record: heads, hashes for checkpoints, age of what is not linked yet."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Min, QuerySet

from custody.audit.links import FIRST_PREVIOUS
from custody.audit.models import AuditEntry, AuditLink

# Positions are proved, numbers of rows are not. What has none yet is the newest of all.
IN_ORDER = (F("link__stream").asc(nulls_last=True), F("link__position").asc(nulls_last=True), "pk")
MAX_UNLINKED_AGE = timedelta(seconds=60)


def stream_head(stream: str) -> tuple[int, str]:
    """Return (position, link) of the last linked entry; (0, 64 zeros) for an empty stream."""
    last = AuditLink.objects.filter(stream=stream).order_by("-position").first()
    return (last.position, last.link) if last else (0, FIRST_PREVIOUS)


def entry_hashes(stream: str, *, first: int, last: int) -> list[str]:
    """Return the entry hashes at positions ``first`` to ``last`` (both included), in order."""
    rows = AuditLink.objects.filter(stream=stream, position__gte=first, position__lte=last)
    return list(rows.order_by("position").values_list("entry__hash", flat=True))


def entries_about(subjects: Sequence[str]) -> QuerySet[AuditEntry]:
    """Return all entries about any of ``subjects``, linked or not, stream by stream, oldest first."""
    return AuditEntry.objects.filter(subject__in=subjects).select_related("link").order_by(*IN_ORDER)


def linked_entries(*subjects: str) -> QuerySet[AuditLink]:
    """Return the linked entries about ``subjects``, stream by stream in the order of positions."""
    rows = AuditLink.objects.filter(entry__subject__in=subjects)
    return rows.select_related("entry").order_by("stream", "position")


def first_entry_at() -> datetime | None:
    """Return when the record began, None while it is empty."""
    first: datetime | None = AuditEntry.objects.aggregate(first=Min("created_at"))["first"]
    return first


def late_entries(*, at: datetime) -> QuerySet[AuditEntry]:
    """Return entries that should have been linked by now; any is an alarm."""
    return AuditEntry.objects.filter(link=None, created_at__lt=at - MAX_UNLINKED_AGE)

"""Background work of the audit record."""

import logging

from celery import shared_task

from custody.audit import linking, selectors
from custody.common import clock

log = logging.getLogger(__name__)


@shared_task(name="audit.link_entries")
def link_entries() -> int:
    """Link committed entries; safe to run twice and beside itself."""
    return linking.link_entries()


@shared_task(name="audit.watch_backlog")
def watch_backlog() -> int:
    """Raise the alarm (a log line at level error) when entries stay unlinked, and link them.

    Returns how many were late: the linker stood still, or a transaction stayed open very long.
    """
    late = selectors.late_entries(at=clock.now()).count()
    if late:
        log.error("audit entries unlinked for too long: %d", late)
        linking.link_entries(everything=True)
    return late

"""One at a time over a hit: a screening that counts it, or the officer who closes its decision.

Advisory locks that end with the transaction: hits are append-only, and the role ``app`` may lock
no row of such a table.
"""

from collections.abc import Iterable

from django.db import connection


def lock_hits(ids: Iterable[str]) -> None:
    """Wait for all others who hold one of these hits; in the order of primary keys."""
    with connection.cursor() as cursor:
        for hit_id in sorted(ids):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"compliance.hit:{hit_id}"]
            )

"""The chain of our own entries: checkpoints of it, heads that were presented, recoveries."""

from datetime import datetime

from custody.common import clock
from custody.hsm.signer.store import sql
from custody.statements.audit_links import FIRST_PREVIOUS

_CHECKPOINT_BEFORE = """
    SELECT position, link FROM signer_store_signedcheckpoint
    WHERE stream = ? AND position < ? ORDER BY position DESC LIMIT 1
"""
_STANDING_HEAD = """
    SELECT entry.hash FROM signer_store_presentedhead JOIN signer_store_entry AS entry ON seq = entry_id
    WHERE entry_id > coalesce((SELECT max(entry_id) FROM signer_store_recovery), -1)
    ORDER BY entry_id DESC LIMIT 1
"""
_RECOVERED = "SELECT max(at) FROM signer_store_recovery"
_LAST_RECOVERY = "SELECT coalesce(max(entry_id), -1) FROM signer_store_recovery"
_HASHES = "SELECT hash FROM signer_store_entry WHERE seq BETWEEN ? AND ? ORDER BY seq"
_NO_LIMIT = 2**63 - 1


def last_checkpoint(stream: str) -> tuple[int, str]:
    """Position and link of the last checkpoint signed for ``stream``; (0, zeros) before the first."""
    return checkpoint_before(stream, position=_NO_LIMIT)


def checkpoint_before(stream: str, *, position: int) -> tuple[int, str]:
    """Like ``last_checkpoint``, among those at a lower position."""
    for last, link in sql.rows(_CHECKPOINT_BEFORE, stream, position):
        return last, link
    return 0, FIRST_PREVIOUS


def entry_hashes(first: int, last: int) -> list[str]:
    """Hashes of our own entries ``first`` to ``last``, both included; shorter when some are not there."""
    return [entry for (entry,) in sql.rows(_HASHES, first, last)]


def standing_head() -> str | None:
    """Hash of the entry with the last head that was presented and not known; None after a recovery."""
    for (entry,) in sql.rows(_STANDING_HEAD):
        return str(entry)
    return None


def recovered_at() -> datetime | None:
    """When officers last ordered to go on with a store that was rewound."""
    ((at,),) = sql.rows(_RECOVERED)
    return clock.read_time(at) if at is not None else None


def last_recovery() -> int:
    """Number of the entry that ordered it; -1 while there is none."""
    ((seq,),) = sql.rows(_LAST_RECOVERY)
    return int(seq)

"""Rotation of what wraps personal data: data keys follow the current key-encryption key.

Nothing that is encrypted under a data key is touched. The keys process makes the next key by itself
when the period of the current one is over; here its older data keys are handed back to it, some at a
time, until none is left.
"""

from datetime import datetime

from custody.audit import services as audit
from custody.vault import services as vault

# A few seconds of work for the keys process.
PER_RUN = 500


def rewrap(*, at: datetime) -> int:
    """Wrap data keys anew, at most ``PER_RUN``, and record how many; raises KeysUnavailableError."""
    count = vault.rewrap(limit=PER_RUN)
    if count:
        audit.record(
            verb="hsm.data_keys.rewrapped",
            actor="system:beat",
            subject="vault",
            payload={"count": count},
            at=at,
        )
    return count

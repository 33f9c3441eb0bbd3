"""The points of the signer's order that an observer is told about."""

from enum import StrEnum


class Step(StrEnum):
    """In the order in which a request meets them; no request meets all."""

    DECIDED = "decided"
    COMMITTED = "committed"
    HEAD_ADVANCED = "head_advanced"
    KEY_MADE = "key_made"
    KEY_STORED = "key_stored"
    KEY_BACKED_UP = "key_backed_up"
    KEY_KEPT = "key_kept"
    BACKUP_REMOVED = "backup_removed"
    BLOB_REMOVED = "blob_removed"
    MADE = "made"
    VERIFIED = "verified"
    SIGNED_COMMITTED = "signed_committed"
    PUBLISHED = "published"

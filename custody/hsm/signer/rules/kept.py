"""A key kept as a blob is used, and paid to, only while both places hold the same one (trust.md 15)."""

from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import backup, kept_keys
from custody.hsm.signer.store.selectors import CatalogueKey


def check_kept(key: CatalogueKey, *, culprit: str) -> None:
    """Raise Refusal unless store and backup agree; a key on a token has nothing to compare."""
    if not key.is_kept_outside:
        return
    second = backup.own().read(key.id)
    if not key.is_backed_up or second is None:
        raise Refusal("key_backup_missing", culprit)
    if second != kept_keys.blob_of(key.id):
        raise Refusal("key_backup_differs", culprit)

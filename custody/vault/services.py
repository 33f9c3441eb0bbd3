"""Writes of the vault."""

import logging
from datetime import datetime

from django.db import transaction

from custody.vault import keyring
from custody.vault.errors import VaultIntegrityError
from custody.vault.models import DataKey

logger = logging.getLogger(__name__)


def rewrap(*, limit: int) -> int:
    """Wrap up to ``limit`` data keys anew that are not under the current key-encryption key.

    Returns how many. Each in a transaction of its own: what a crash interrupts goes on with the next
    call. Raises KeysUnavailableError.
    """
    current = keyring.current_kek()
    old = DataKey.objects.filter(shredded_at=None).exclude(kek=current).order_by("pk")
    return sum(_rewrap(number, current) for number in list(old.values_list("pk", flat=True)[:limit]))


def _rewrap(number: int, current: str) -> bool:
    """One damaged row stays as it is and keeps no other back."""
    try:
        with transaction.atomic():
            row = DataKey.objects.select_for_update().get(pk=number)
            return keyring.rewrap(row, current=current)
    except VaultIntegrityError:
        logger.critical("vault: data key %s does not open and is not wrapped anew", number)
        return False


@transaction.atomic
def shred(*, subject: str, at: datetime) -> bool:
    """Destroy the data key of ``subject``; every field under it becomes unreadable for good.

    Returns False when there was nothing left to destroy. Other processes may read from their
    cache for at most ``keyring.CACHE_SECONDS``. The vault lies below the audit package: the
    caller records the deed in the same transaction.
    """
    row = DataKey.objects.select_for_update().filter(subject=subject, shredded_at=None).first()
    if row is None:
        return False
    row.wrapped, row.shredded_at = b"", at
    row.save(update_fields=["wrapped", "shredded_at"])
    transaction.on_commit(keyring.forget_all)
    return True

"""Mirror of the keys that signers publish; states follow the order of the signer's journal."""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from custody.audit import services as audit
from custody.common.errors import RefusedError
from custody.common.queue import enqueue_on_commit
from custody.hsm.models import OfflineSigner, SigningKey
from custody.hsm.results import ACTIVATED
from custody.statements.published import PublishedKey
from custody.statements.store_entry import StoreEntry

logger = logging.getLogger(__name__)

# What the file says of a key and may change; its state has an order of its own.
CHANGING = ("activation", "backend", "certificates")


def mirror_own_keys(keys: Iterable[PublishedKey], *, seq: int, is_recovered: bool, at: datetime) -> None:
    """Take over the keys of the signer on the queue; one that another signer has stops none of the others.

    ``seq``: entry of the journal that the file is of; ``is_recovered``: states of the file count again.
    """
    for key in keys:
        try:
            row = mirror_key(key, seq=seq, at=at)
        except RefusedError:
            logger.critical("signer: key %s is one of another signer in the mirror", key.key)
            continue
        if is_recovered:
            _set_state(row, key.state, seq)


def mirror_offline_keys(
    keys: Iterable[PublishedKey], *, of: OfflineSigner, seq: int, is_recovered: bool, at: datetime
) -> None:
    """Take over the keys of a signer without network, with their states; raises what ``mirror_key`` raises.

    An answer that was carried before may tell of a later state.
    """
    for key in keys:
        row = mirror_key(key, seq=seq, at=at, offline=of)
        if is_recovered or seq >= row.state_seq:
            _set_state(row, key.state, seq)


def mirror_key(
    key: PublishedKey, *, seq: int, at: datetime, offline: OfflineSigner | None = None
) -> SigningKey:
    """Take over a key as its signer publishes it; ``offline`` says whose it is.

    The state of a known key is left alone. Raises RefusedError ``key_of_another_signer``: no signer
    takes over the key of another, by its id or by its public key.
    """
    values = _values(key) | {"offline": offline, "state_seq": seq}
    if SigningKey.objects.filter(public_key=key.public_key).exclude(pk=key.key).exists():
        raise RefusedError("another signer has this key", code="key_of_another_signer")
    row, created = SigningKey.objects.get_or_create(id=key.key, defaults=values)
    if (row.offline_id, row.public_key) != (offline.pk if offline else None, key.public_key):
        raise RefusedError("another signer has this key", code="key_of_another_signer")
    if (created or row.activation != values["activation"]) and key.activation and key.activation.wallet:
        # Tells whoever opens wallets.
        enqueue_on_commit(ACTIVATED, key_id=row.pk)
    news = [name for name in CHANGING if getattr(row, name) != values[name]]
    for name in news:
        setattr(row, name, values[name])
    if news:
        row.save(update_fields=news)
    if created:
        said = {"purpose": row.purpose, "public_key": row.public_key, "state": row.state}
        audit.record(verb="hsm.key.mirrored", actor="system:signer", subject=row.pk, payload=said, at=at)
    return row


def follow_key_state(entry: StoreEntry, *, offline: OfflineSigner | None = None) -> None:
    """A state that the journal reports, e.g. a suspension; one that was overtaken changes nothing."""
    SigningKey.objects.filter(pk=entry.body["key"], offline=offline, state_seq__lt=entry.seq).update(
        state=entry.body["state"], state_seq=entry.seq
    )


def _set_state(row: SigningKey, state: str, seq: int) -> None:
    if (row.state, row.state_seq) != (state, seq):
        SigningKey.objects.filter(pk=row.pk).update(state=state, state_seq=seq)


def _values(key: PublishedKey) -> dict[str, Any]:
    return {
        "purpose": key.purpose,
        "curve": key.curve,
        "public_key": key.public_key,
        "state": key.state,
        "key_class": key.class_ or "NEVER_LEAVES",
        "activation": key.activation.to_json() if key.activation else None,
        "backend": key.backend or "pkcs11",
        "certificate": bytes.fromhex(key.certificate) if key.certificate else None,
        "certificates": [item.to_json() for item in key.certificates or ()],
    }

"""The blobs of keys are those the chain names by their hash, and stay until their key is destroyed."""

import hashlib

from custody.hsm.signer.store import models
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.statements.store_entry import StoreEntry


def digest_of(blob: bytes) -> str:
    """How the chain names a blob: SHA-256 in hex."""
    return hashlib.sha256(blob).hexdigest()


def verify() -> None:
    """Compare all blobs with the chain; raises StoreStoppedError ``key_blob_differs``."""
    named: dict[str, str] = {}
    for row in models.Entry.objects.filter(kind="KEY").order_by("seq").iterator(chunk_size=500):
        body = StoreEntry.from_bytes(bytes(row.body)).body
        if "blob" in body:
            named[body["key"]] = body["blob"]
        if "removed" in body:
            named.pop(body["key"], None)
    kept = models.Key.objects.filter(blob__isnull=False).values_list("id", "blob")
    if {key: digest_of(bytes(blob or b"")) for key, blob in kept} != named:
        raise StoreStoppedError(
            "the blob of a key is missing, or not the one it had", code="key_blob_differs"
        )

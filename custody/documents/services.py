"""Stores and fetches files. Callers check the right to the object a file belongs to."""

import hashlib
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from custody.audit import services as audit
from custody.common.errors import InvalidInputError, NotFoundError
from custody.documents.models import MEDIA_TYPES, OTHER, Document
from custody.vault import keyring
from custody.vault.errors import VaultIntegrityError
from custody.vault.sealed import Sealed, seal_bytes

MAX_BYTES = 16 * 1024 * 1024


@transaction.atomic
def store_document(
    *, actor: AbstractBaseUser | str, subject: str, content: bytes, media_type: str, at: datetime
) -> str:
    """Encrypt and keep ``content`` for ``subject``; return its SHA-256. Storing twice keeps one.

    A ``media_type`` outside MEDIA_TYPES, which senders declare as they like, is kept as OTHER.
    Raises InvalidInputError when empty or longer than 16 MiB, KeysUnavailableError without keys.
    """
    if not 0 < len(content) <= MAX_BYTES:
        raise InvalidInputError(f"a file has 1 to {MAX_BYTES} bytes", code="bad_file_size", field="content")
    digest = hashlib.sha256(content).hexdigest()
    if Document.objects.filter(subject=subject, sha256=digest).exists():
        return digest
    number, key = keyring.key_for_writing(subject)
    sealed = seal_bytes(content, key=key, key_number=number, place=_place(subject, digest))
    row = Document(
        sha256=digest,
        subject=subject,
        media_type=media_type if media_type in MEDIA_TYPES else OTHER,
        size=len(content),
        content=sealed.data,
        created_at=at,
    )
    Document.objects.bulk_create([row], ignore_conflicts=True)
    audit.record(
        verb="documents.document.stored",
        actor=actor,
        subject=subject,
        payload={"sha256": digest, "size": len(content)},
        at=at,
    )
    return digest


def fetch_document(*, subject: str, sha256: str) -> bytes:
    """Return the plain bytes.

    Raises NotFoundError, ShreddedError, and VaultIntegrityError when the bytes are not the ones
    that were stored.
    """
    row = Document.objects.filter(subject=subject, sha256=sha256).first()
    if row is None:
        raise NotFoundError("no such document")
    sealed = Sealed(bytes(row.content))
    key = keyring.key_for_reading(sealed.key_number, subject)
    content = sealed.open_bytes(key=key, place=_place(subject, sha256))
    if hashlib.sha256(content).hexdigest() != sha256:
        raise VaultIntegrityError("document differs from its hash")
    return content


def _place(subject: str, digest: str) -> str:
    return f"documents.document|{subject}|{digest}"

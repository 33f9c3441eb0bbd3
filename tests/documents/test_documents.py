"""Files come back unchanged, for their subject only, and are unreadable in the database."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from custody.audit.models import AuditEntry
from custody.common.errors import InvalidInputError, NotFoundError
from custody.documents.models import Document
from custody.documents.services import MAX_BYTES, fetch_document, store_document
from custody.vault.errors import ShreddedError, VaultIntegrityError
from custody.vault.services import shred

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CONTENT = b"%PDF the agreed contract of Anna"


def store(content: bytes = CONTENT, subject: str = "deal_1") -> str:
    return store_document(
        actor="system:test", subject=subject, content=content, media_type="application/pdf", at=AT
    )


def test_gives_back_what_was_stored(db: None) -> None:
    digest = store()
    assert digest == hashlib.sha256(CONTENT).hexdigest()
    assert fetch_document(subject="deal_1", sha256=digest) == CONTENT


def test_keeps_ciphertext_only(db: None) -> None:
    store()
    assert b"Anna" not in bytes(Document.objects.get().content)


def test_records_hash_and_size_once(db: None) -> None:
    digest = store()
    store()
    assert Document.objects.count() == 1
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject) == ("documents.document.stored", "deal_1")
    assert digest.encode() in bytes(entry.body)


def test_the_database_knows_no_other_media_type(db: None) -> None:
    store()
    row = Document.objects.get()
    row.pk, row.subject, row.media_type = None, "deal_2", "max/mustermann"
    with pytest.raises(IntegrityError, match="document_media_type"), transaction.atomic():
        row.save(force_insert=True)


def test_does_not_give_a_file_to_another_subject(db: None) -> None:
    digest = store()
    with pytest.raises(NotFoundError):
        fetch_document(subject="deal_2", sha256=digest)


def test_keeps_the_same_bytes_of_two_subjects_apart(db: None) -> None:
    digest = store()
    assert store(subject="deal_2") == digest
    assert shred(subject="deal_1", at=AT)
    assert fetch_document(subject="deal_2", sha256=digest) == CONTENT


@pytest.mark.parametrize("content", [b"", b"x" * (MAX_BYTES + 1)])
def test_refuses_an_empty_or_too_long_file(db: None, content: bytes) -> None:
    with pytest.raises(InvalidInputError) as caught:
        store(content)
    assert (caught.value.code, caught.value.field) == ("bad_file_size", "content")
    assert not Document.objects.exists()


def test_refuses_bytes_that_were_moved_to_another_row(db: None) -> None:
    digest = store()
    other = Document.objects.get()
    Document.objects.create(
        sha256="0" * 64,
        subject="deal_1",
        media_type="application/pdf",
        size=1,
        content=other.content,
        created_at=AT,
    )
    with pytest.raises(VaultIntegrityError):
        fetch_document(subject="deal_1", sha256="0" * 64)
    assert fetch_document(subject="deal_1", sha256=digest) == CONTENT


def test_refuses_altered_bytes(db: None) -> None:
    digest = store()
    row = Document.objects.get()
    altered = bytes(row.content)[:-1] + bytes([bytes(row.content)[-1] ^ 1])
    Document.objects.create(
        sha256=digest, subject="deal_2", media_type="application/pdf", size=1, content=altered, created_at=AT
    )
    with pytest.raises(VaultIntegrityError):
        fetch_document(subject="deal_2", sha256=digest)


def test_is_unreadable_after_the_subject_was_shredded(
    db: None, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    digest = store()
    with django_capture_on_commit_callbacks(execute=True):
        shred(subject="deal_1", at=AT)
    with pytest.raises(ShreddedError):
        fetch_document(subject="deal_1", sha256=digest)

"""Encrypted fields through a real model, a real database and the real keys process."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from custody.accounts.models import User
from custody.vault import keyring, services
from custody.vault.errors import KeysUnavailableError, ShreddedError, VaultIntegrityError
from custody.vault.fields import EncryptedField
from custody.vault.models import DataKey
from custody.vault.sealed import Sealed
from tests.cast import AT, person

NAME = "Buyer"


@pytest.fixture
def erika(db: None) -> User:
    return person("buyer")


@pytest.fixture
def max_(db: None) -> User:
    return person("merchant")


def stored(user: User, column: str = "name") -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM accounts_user WHERE id = %s", [user.pk])
        return bytes(cursor.fetchone()[0])


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def subject(user: User) -> str:
    return f"accounts.user:{user.pk}"


def test_the_database_holds_ciphertext_only(erika: User) -> None:
    assert NAME.encode() not in stored(erika)
    assert fresh(erika).name == NAME


def test_decrypts_only_when_read(erika: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = fresh(erika)
    assert type(user.__dict__["name"]) is Sealed
    assert user.name == NAME
    with django_assert_num_queries(0):
        assert user.name == NAME


def test_an_unread_field_is_saved_back_unchanged(erika: User) -> None:
    before = stored(erika)
    user = fresh(erika)
    user.language = "en"
    user.save()
    assert stored(erika) == before


def test_a_changed_field_is_encrypted_anew(erika: User) -> None:
    user = fresh(erika)
    user.name = "Erika Mustermann"
    user.save()
    assert fresh(erika).name == "Erika Mustermann"


def test_reads_a_deferred_field(erika: User) -> None:
    assert User.objects.defer("name").get(pk=erika.pk).name == NAME


def test_reads_again_after_a_refresh(erika: User) -> None:
    user = fresh(erika)
    user.name = "unsaved"
    user.refresh_from_db()
    assert user.name == NAME


def test_ciphertext_does_not_open_in_another_row(erika: User, max_: User) -> None:
    User.objects.filter(pk=max_.pk).update(name=Sealed(stored(erika)))
    with pytest.raises(VaultIntegrityError):
        _ = fresh(max_).name


def test_ciphertext_does_not_open_in_another_field(erika: User) -> None:
    User.objects.filter(pk=erika.pk).update(name=Sealed(stored(erika, "email")))
    with pytest.raises(VaultIntegrityError):
        _ = fresh(erika).name


def test_ciphertext_does_not_open_with_the_key_of_another_subject(erika: User, max_: User) -> None:
    """Even a wrapped key moved along does not help: the subject is bound into the wrapping."""
    foreign = DataKey.objects.get(subject=subject(max_))
    DataKey.objects.filter(subject=subject(erika)).update(wrapped=foreign.wrapped, kek=foreign.kek)
    keyring.forget_all()
    with pytest.raises(VaultIntegrityError):
        _ = fresh(erika).name


def test_plain_text_cannot_be_written_past_save(erika: User) -> None:
    with pytest.raises(TypeError):
        User.objects.filter(pk=erika.pk).update(name="plain")


def test_content_cannot_be_searched(erika: User) -> None:
    with pytest.raises(FieldError):
        User.objects.filter(name=NAME).exists()


def test_all_fields_of_a_subject_share_one_key(erika: User) -> None:
    assert DataKey.objects.filter(subject=subject(erika)).count() == 1


def test_shredding_makes_the_subject_unreadable_for_good(erika: User) -> None:
    assert services.shred(subject=subject(erika), at=AT)
    keyring.forget_all()
    with pytest.raises(ShreddedError):
        _ = fresh(erika).name
    user = fresh(erika)
    user.name = "again"
    with pytest.raises(ShreddedError), transaction.atomic():
        user.save()
    row = DataKey.objects.get(subject=subject(erika))
    assert (bytes(row.wrapped), row.shredded_at) == (b"", AT)


def test_shredding_spares_other_subjects(erika: User, max_: User) -> None:
    services.shred(subject=subject(erika), at=AT)
    assert fresh(max_).name == "Merchant"


def test_shredding_twice_changes_nothing(erika: User) -> None:
    services.shred(subject=subject(erika), at=AT)
    assert not services.shred(subject=subject(erika), at=AT)


def test_a_shredded_key_keeps_no_bytes(erika: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        DataKey.objects.filter(subject=subject(erika)).update(shredded_at=AT)


def test_forgets_its_keys_after_the_commit_of_a_shredding(
    erika: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    assert fresh(erika).name == NAME
    with django_capture_on_commit_callbacks(execute=True):
        services.shred(subject=subject(erika), at=AT)
    with pytest.raises(ShreddedError):
        _ = fresh(erika).name


def test_without_the_keys_process_nothing_is_read(
    erika: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keyring.forget_all()
    monkeypatch.setattr(settings, "KEYS_SOCKET", tmp_path / "nowhere.sock")
    with pytest.raises(KeysUnavailableError):
        _ = fresh(erika).name


def test_a_key_without_a_row_is_an_integrity_error(erika: User) -> None:
    keyring.forget_all()
    DataKey.objects.all().delete()
    with pytest.raises(VaultIntegrityError):
        _ = fresh(erika).name


@isolate_apps("custody.vault")
def test_an_automatic_primary_key_is_reported() -> None:
    class Letter(models.Model):
        id = models.BigAutoField(primary_key=True)
        text = EncryptedField()

        class Meta:
            app_label = "vault"

    field = Letter._meta.get_field("text")
    assert [error.id for error in field.check()] == ["vault.E001"]


@isolate_apps("custody.vault")
def test_the_primary_key_must_be_known_before_encryption() -> None:
    class Letter(models.Model):
        id = models.CharField(primary_key=True, max_length=40)
        owner = models.CharField(max_length=40)
        text = EncryptedField(subject="owner")

        class Meta:
            app_label = "vault"

    field = Letter._meta.get_field("text")
    assert field.check() == []
    with pytest.raises(ValueError, match="primary key"):
        field._place_of(Letter(text="x"))

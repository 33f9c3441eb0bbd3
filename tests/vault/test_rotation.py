"""Rotation of the key-encryption key over real rows: everything stays readable, and is wrapped anew."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.hsm import data_keys
from custody.hsm.keys_server.kek import ROTATE
from custody.hsm.tasks import rewrap_data_keys
from custody.vault import keyring, services
from custody.vault.errors import KeysUnavailableError
from custody.vault.models import DataKey
from tests.cast import AT, person


@pytest.fixture
def people(db: None) -> list[User]:
    return [person(name) for name in ("buyer", "merchant", "auditor")]


@pytest.fixture
def rotated(people: list[User]) -> Iterator[str]:
    """The keys process has made the next key; the name of the one before."""
    before = keyring.current_kek()
    (Path(settings.KEYS_DIR) / ROTATE).touch()
    yield before
    assert keyring.current_kek() != before


def wrapped_by() -> set[str]:
    return set(DataKey.objects.filter(shredded_at=None).values_list("kek", flat=True))


def test_all_data_keys_follow_and_everything_stays_readable(people: list[User], rotated: str) -> None:
    names = [user.name for user in people]
    assert wrapped_by() == {rotated}
    assert rewrap_data_keys() == DataKey.objects.count() >= 3
    assert wrapped_by() == {keyring.current_kek()} != {rotated}
    keyring.forget_all()
    assert [User.objects.get(pk=user.pk).name for user in people] == names
    entry = AuditEntry.objects.get(verb="hsm.data_keys.rewrapped")
    assert json.loads(bytes(entry.body))["payload"] == {"count": DataKey.objects.count()}


def test_a_second_run_finds_nothing_and_says_nothing(people: list[User], rotated: str) -> None:
    data_keys.rewrap(at=AT)
    assert data_keys.rewrap(at=AT) == 0
    assert AuditEntry.objects.filter(verb="hsm.data_keys.rewrapped").count() == 1


def test_an_interrupted_run_goes_on(people: list[User], rotated: str) -> None:
    assert services.rewrap(limit=1) == 1
    assert wrapped_by() == {rotated, keyring.current_kek()}
    assert services.rewrap(limit=500) == DataKey.objects.count() - 1


def test_a_destroyed_key_stays_destroyed(people: list[User], rotated: str) -> None:
    row = DataKey.objects.order_by("pk")[0]
    services.shred(subject=row.subject, at=AT)
    data_keys.rewrap(at=AT)
    row.refresh_from_db()
    assert (bytes(row.wrapped), row.kek) == (b"", rotated)


def test_a_row_that_another_has_done_is_left(people: list[User], rotated: str) -> None:
    current = keyring.current_kek()
    row = DataKey.objects.order_by("pk")[0]
    assert keyring.rewrap(row, current=current)
    done = bytes(row.wrapped)
    assert not keyring.rewrap(row, current=current)
    assert bytes(row.wrapped) == done


def test_without_the_keys_process_nothing_changes(
    people: list[User], rotated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as gone:
        gone.setattr(settings, "KEYS_SOCKET", tmp_path / "gone.sock")
        with pytest.raises(KeysUnavailableError):
            data_keys.rewrap(at=AT)
    assert wrapped_by() == {rotated}


def test_a_damaged_data_key_keeps_no_other_back(people: list[User], rotated: str) -> None:
    damaged = DataKey.objects.order_by("pk")[0]
    DataKey.objects.filter(pk=damaged.pk).update(wrapped=bytes(60))
    assert data_keys.rewrap(at=AT) == DataKey.objects.count() - 1
    damaged.refresh_from_db()
    assert (damaged.kek, bytes(damaged.wrapped)) == (rotated, bytes(60))

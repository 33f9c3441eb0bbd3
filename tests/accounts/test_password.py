"""Change of one's own password: the old one, a fresh code, a strong new one; other sessions end."""

from typing import Any

import pytest

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from tests.cast import PASSWORD, code_of, fresh_code, logged_in

PAGE = "/account/password/"
NEW = "another correct battery staple"


def change(user: User, **changed: str) -> Any:
    fields = {"old_password": PASSWORD, "new_password": NEW, "token": code_of(user)}
    return logged_in(user).post(PAGE, fields | changed)


def test_password_changes_and_is_recorded(officer: User) -> None:
    assert change(officer).status_code == 302
    assert User.objects.get(pk=officer.pk).check_password(NEW)
    assert AuditEntry.objects.filter(verb="accounts.password.changed", subject=officer.pk).count() == 1


def test_this_session_goes_on_and_others_end(officer: User) -> None:
    here, elsewhere = logged_in(officer), logged_in(officer)
    here.post(PAGE, {"old_password": PASSWORD, "new_password": NEW, "token": code_of(officer)})
    assert here.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    "changed",
    [{"old_password": "wrong password"}, {"token": "000000"}, {"token": ""}, {"new_password": "short"}],
)
def test_anything_wrong_changes_nothing(officer: User, changed: dict[str, str]) -> None:
    assert change(officer, **changed).status_code == 400
    assert User.objects.get(pk=officer.pk).check_password(PASSWORD)


@pytest.mark.parametrize("new", ["officer@example.org", "OFFICER@example.org1", "example.org-officer"])
def test_a_password_like_the_own_address_is_refused(officer: User, new: str) -> None:
    assert change(officer, new_password=new).status_code == 400
    entry = AuditEntry.objects.get(verb="accounts.password.change.refused")
    assert '"weak_password"' in bytes(entry.body).decode()
    assert User.objects.get(pk=officer.pk).check_password(PASSWORD)


def test_a_password_like_the_own_name_is_refused(officer: User) -> None:
    officer.name = "Maximiliane Musterfrau"
    officer.save()
    assert change(officer, new_password="maximiliane musterfrau").status_code == 400


def test_used_code_changes_nothing(officer: User) -> None:
    assert change(officer, old_password="wrong password").status_code == 400
    assert change(officer).status_code == 400
    assert User.objects.get(pk=officer.pk).check_password(PASSWORD)
    assert change(officer, token=fresh_code(officer)).status_code == 302

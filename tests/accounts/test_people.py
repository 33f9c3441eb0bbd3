"""People: one account per address, strong passwords, roles that open the back office."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from custody.accounts.models import User
from custody.accounts.roles import Role
from custody.accounts.services import create_user, grant_role, revoke_role
from custody.audit.models import AuditEntry
from custody.common.errors import InvalidInputError, RefusedError
from tests.cast import AT, PASSWORD, client_of


def create(email: str = "new@example.org", password: str = PASSWORD) -> User:
    return create_user(actor="system:test", email=email, name="New", password=password, at=AT)


def test_address_is_found_in_any_spelling(db: None) -> None:
    user = create("Straße@Example.org")
    assert User.objects.get_by_email(" STRASSE@example.ORG ") == user


def test_second_account_for_an_address_is_refused(db: None) -> None:
    create()
    with pytest.raises(RefusedError) as error:
        create("NEW@example.org")
    assert error.value.code == "email_taken"
    assert User.objects.count() == 1


@pytest.mark.parametrize("password", ["short", "elevenchars", "qwerty123456", "new@example.org"])
def test_weak_password_is_refused(db: None, password: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        create(password=password)
    assert (error.value.code, User.objects.count()) == ("weak_password", 0)


def test_record_of_a_new_person_names_nobody(db: None) -> None:
    user = create()
    body = bytes(AuditEntry.objects.get(verb="accounts.user.created", subject=user.pk).body).decode()
    assert "new@" not in body


def test_roles_open_and_close_the_back_office(db: None) -> None:
    user = create()
    grant_role(actor="system:test", user=user, role=Role.AUDITOR, at=AT)
    assert User.objects.get(pk=user.pk).is_staff
    revoke_role(actor="system:test", user=user, role=Role.AUDITOR, at=AT)
    assert not User.objects.get(pk=user.pk).is_staff


def test_role_twice_is_refused(officer: User) -> None:
    with pytest.raises(RefusedError) as error:
        grant_role(actor="system:test", user=officer, role=Role.COMPLIANCE_OFFICER, at=AT)
    assert error.value.code == "role_present"


def test_who_acts_for_a_client_gets_no_role(buyer: User) -> None:
    client_of(buyer)
    with pytest.raises(RefusedError) as error:
        grant_role(actor="system:test", user=buyer, role=Role.MEDIATOR, at=AT)
    assert error.value.code == "client_member"


def test_first_administrator_comes_from_the_command_line(db: None) -> None:
    out = StringIO()
    call_command(
        "create_staff", email="first@example.org", name="First", roles=["ADMIN"], json=True, stdout=out
    )
    answer = json.loads(out.getvalue())
    user = User.objects.get(pk=answer["user"])
    assert user.check_password(answer["password"])
    assert user.roles == frozenset({Role.ADMIN})
    assert user.is_staff


def test_command_refuses_in_one_line(officer: User) -> None:
    with pytest.raises(CommandError, match="email_taken") as error:
        call_command("create_staff", email="officer@example.org", name="X", roles=["ADMIN"])
    assert error.value.returncode == 1

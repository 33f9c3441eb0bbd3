"""One administrator alone never becomes another person, in whatever order they reset."""

from typing import Any

import pytest
from django.test import Client as Http

from custody.accounts.models import Authenticator, User
from custody.accounts.roles import Role
from custody.accounts.services import create_user
from custody.audit.models import AuditEntry
from tests.accounts.test_people_pages import refusals, send
from tests.cast import AT, PASSWORD, code_of, fresh_code, logged_in, person

NEW = "another correct battery staple"
PAGE = "/account/password/"


def issued_password(administrator: User, user: User) -> str:
    """Reset the password; returns what the page shows."""
    sent = {"reset-password-token": fresh_code(administrator)}
    answer: Any = logged_in(administrator).post(f"/admin/accounts/user/{user.pk}/do/reset-password/", sent)
    return str([*answer.context["messages"]][0]).rpartition(" ")[2]


def log_in(user: User, password: str, page: str = "code") -> Http:
    http = Http()
    http.post("/account/login/", {"email": user.email, "password": password})
    assert http.post(f"/account/{page}/", {"token": fresh_code(user)}).status_code == 302
    return http


def change(http: Http, user: User, old: str, new: str = NEW) -> int:
    sent = {"old_password": old, "new_password": new, "token": fresh_code(user)}
    return http.post(PAGE, sent).status_code


@pytest.mark.parametrize("enrolled", ["no", "begun"])
def test_no_password_without_a_confirmed_factor(administrator: User, officer: User, enrolled: str) -> None:
    device = Authenticator.objects.filter(user=officer)
    device.update(confirmed=False) if enrolled == "begun" else device.delete()
    assert send(administrator, officer, "reset-password").status_code == 400
    assert '"both_factors"' in refusals("accounts.password.reset.refused")[0]
    assert User.objects.get(pk=officer.pk).check_password(PASSWORD)


def test_a_log_in_with_an_issued_password_opens_no_other_reset(administrator: User, officer: User) -> None:
    password = issued_password(administrator, officer)
    log_in(officer, password)
    for actor in (administrator, person("other", Role.ADMIN)):
        assert send(actor, officer, "reset-factor").status_code == 400
    assert [entry.count('"both_factors"') for entry in refusals("accounts.second_factor.reset.refused")] == [
        1,
        1,
    ]
    assert Authenticator.objects.filter(user=officer, confirmed=True).exists()


def test_the_persons_own_password_opens_the_other_reset(administrator: User, officer: User) -> None:
    password = issued_password(administrator, officer)
    assert change(log_in(officer, password), officer, password) == 302
    assert send(administrator, officer, "reset-factor").status_code == 302
    assert send(administrator, officer, "reset-password").status_code == 400


def test_a_factor_enrolled_anew_opens_a_new_password_and_that_closes_the_factor(
    administrator: User, officer: User
) -> None:
    send(administrator, officer, "reset-factor")
    assert send(administrator, officer, "reset-password").status_code == 400
    http = Http()
    http.post("/account/login/", {"email": officer.email, "password": PASSWORD})
    http.get("/account/enrol/")
    assert http.post("/account/enrol/", {"token": code_of(officer)}).status_code == 302
    issued_password(administrator, officer)
    assert send(administrator, officer, "reset-factor").status_code == 400


@pytest.mark.parametrize("path", ["/admin/", "/", "/admin/accounts/user/"])
def test_an_issued_password_opens_only_its_change(administrator: User, officer: User, path: str) -> None:
    password = issued_password(administrator, officer)
    http = log_in(officer, password)
    assert http.get(path)["Location"] == f"{PAGE}?next={path.replace('/', '%2F')}"
    assert http.get(PAGE).status_code == 200
    assert change(http, officer, password) == 302
    assert http.get("/admin/").status_code == 200


def test_an_issued_password_stays_issued_when_it_is_kept(administrator: User, officer: User) -> None:
    password = issued_password(administrator, officer)
    http = log_in(officer, password)
    assert change(http, officer, password, new=password) == 400
    assert '"same_password"' in refusals("accounts.password.change.refused")[0]
    assert http.get("/admin/").status_code == 302


def test_an_issued_password_gives_no_api_token(administrator: User, officer: User) -> None:
    password = issued_password(administrator, officer)
    sent = {"email": officer.email, "password": password, "code": fresh_code(officer)}
    answer = Http().post("/api/v1/token", sent, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "password_issued")
    assert not AuditEntry.objects.filter(verb="api.token.issued").exists()


def test_an_initial_password_is_an_issued_one(administrator: User) -> None:
    newcomer = create_user(
        actor="system:test",
        email="new@example.org",
        name="New",
        password=PASSWORD,
        roles=[Role.AUDITOR],
        at=AT,
    )
    http = Http()
    http.post("/account/login/", {"email": newcomer.email, "password": PASSWORD})
    http.get("/account/enrol/")
    http.post("/account/enrol/", {"token": code_of(newcomer)})
    assert http.get("/admin/")["Location"].startswith(PAGE)
    assert send(administrator, newcomer, "reset-factor").status_code == 400

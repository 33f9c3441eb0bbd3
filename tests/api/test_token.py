"""Tokens need both factors at once; each refusal is a problem document and a record."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client as Http
from rest_framework_simplejwt.tokens import AccessToken

from custody.accounts.models import Authenticator, User
from custody.accounts.otp import start_enrolment
from custody.accounts.services import deactivate_user, reset_factor
from custody.api.person_token import PersonToken
from custody.audit.models import AuditEntry
from tests.cast import AT, PASSWORD, code_of

TOKEN = "/api/v1/token"


def ask(*, headers: Any = None, REMOTE_ADDR: str = "127.0.0.1", **fields: str) -> Any:
    http = Http(REMOTE_ADDR=REMOTE_ADDR)
    return http.post(TOKEN, fields, content_type="application/json", headers=headers)


def token_of(user: User, name: str) -> str:
    answer = ask(email=f"{name}@example.org", password=PASSWORD, code=code_of(user))
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access"])


def status_with(token: str) -> int:
    return Http().get("/api/v1/deals", headers={"Authorization": f"Bearer {token}"}).status_code


def test_both_factors_give_a_token_for_ten_minutes(officer: User) -> None:
    answer = ask(email="officer@example.org", password=PASSWORD, code=code_of(officer))
    assert answer.json()["expires_in"] == 600
    assert status_with(answer.json()["access"]) == 200
    assert AuditEntry.objects.filter(verb="api.token.issued", subject=officer.pk).count() == 1


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"password": "wrong password"}, 403, "wrong_credentials"),
        ({"email": "nobody@example.org"}, 403, "wrong_credentials"),
        ({"code": "000000"}, 403, "wrong_code"),
        ({"code": ""}, 400, "invalid_input"),
        ({"code": "abcdef"}, 400, "invalid_input"),
        ({"email": "no address"}, 400, "invalid_input"),
    ],
)
def test_one_wrong_factor_gives_none(officer: User, changed: dict[str, str], status: int, code: str) -> None:
    fields = {"email": "officer@example.org", "password": PASSWORD, "code": code_of(officer)}
    answer = ask(**(fields | changed))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert not AuditEntry.objects.filter(verb="api.token.issued").exists()


def test_refusal_is_recorded_without_the_address(officer: User) -> None:
    ask(email="officer@example.org", password="wrong password", code=code_of(officer))
    entry = AuditEntry.objects.get(verb="api.token.issue.refused")
    assert b"wrong_credentials" in bytes(entry.body)
    assert b"officer@" not in bytes(entry.body)


def test_password_without_code_field_gives_none(officer: User) -> None:
    answer = ask(email="officer@example.org", password=PASSWORD)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "/code", "detail": answer.json()["detail"]}]


def test_code_used_at_the_log_in_gives_none(officer: User) -> None:
    code = code_of(officer)
    assert ask(email="officer@example.org", password=PASSWORD, code=code).status_code == 200
    assert ask(email="officer@example.org", password=PASSWORD, code=code).json()["code"] == "wrong_code"


def test_five_failures_lock_the_api_like_the_pages(officer: User) -> None:
    for _ in range(5):
        ask(email="officer@example.org", password="wrong password", code="123456")
    answer = ask(email="officer@example.org", password=PASSWORD, code=code_of(officer))
    assert (answer.status_code, answer.json()["code"]) == (429, "locked_out")


def test_token_view_is_throttled(officer: User) -> None:
    answers = [ask(email="x@example.org", password="p", code="123456").status_code for _ in range(11)]
    assert answers[-1] == 429


def test_what_a_client_says_of_its_address_changes_no_throttle(officer: User) -> None:
    answers = [
        ask(
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
            email="x@example.org",
            password="p",
            code="123456",
        ).status_code
        for number in range(11)
    ]
    assert answers[-1] == 429


def test_a_network_is_throttled_as_one(officer: User) -> None:
    answers = [
        ask(REMOTE_ADDR=f"2001:db8::{number + 1}", email="x@example.org", password="p", code="1").status_code
        for number in range(11)
    ]
    assert answers == [400] * 10 + [429]
    assert (
        ask(REMOTE_ADDR="2001:db8:0:1::1", email="x@example.org", password="p", code="1").status_code == 400
    )


def test_all_processes_count_in_one_place_that_knows_no_address(db: None) -> None:
    ask(REMOTE_ADDR="203.0.113.77", email="x@example.org", password="p", code="1")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT cache_key FROM {settings.CACHES['default']['LOCATION']}")
        keys = [row[0] for row in cursor.fetchall()]
    assert len(keys) == 1
    assert "203.0.113.77" not in keys[0]


def test_deactivated_person_keeps_no_token(officer: User) -> None:
    token = token_of(officer, "officer")
    deactivate_user(actor="system:test", user=officer, at=AT)
    assert status_with(token) == 401


def test_changed_password_voids_the_token(officer: User) -> None:
    token = token_of(officer, "officer")
    officer.set_password("another battery staple")
    officer.save()
    assert status_with(token) == 401


def test_a_reset_of_the_factor_voids_the_token(administrator: User, officer: User) -> None:
    token = token_of(officer, "officer")
    reset_factor(actor=administrator, user=officer, at=AT)
    assert status_with(token) == 401
    start_enrolment(user=officer)
    Authenticator.objects.filter(user=officer).update(confirmed=True, confirmed_at=AT)
    assert status_with(token) == 401
    assert status_with(token_of(officer, "officer")) == 200


def test_a_token_without_a_device_is_none(officer: User) -> None:
    assert status_with(str(AccessToken.for_user(officer))) == 401


def test_no_answer_is_kept_by_a_cache(officer: User) -> None:
    given = ask(email="officer@example.org", password=PASSWORD, code=code_of(officer))
    headers = {"Authorization": f"Bearer {given.json()['access']}"}
    answers = [
        given,
        ask(email="x"),
        Http().get("/api/v1/deals"),
        Http().get("/api/v1/deals", headers=headers),
    ]
    answers.append(Http().get("/api/v1/deals/%00"))
    assert [answer.status_code for answer in answers] == [200, 400, 401, 200, 400]
    assert {answer["Cache-Control"] for answer in answers} == {"no-store"}


def test_expired_or_altered_token_is_refused(officer: User) -> None:
    old = PersonToken.for_user(officer)
    old.set_exp(lifetime=timedelta(seconds=-1))
    assert status_with(str(old)) == 401
    assert status_with(token_of(officer, "officer")[:-2] + "xx") == 401


def test_session_of_the_pages_opens_no_api(officer: User) -> None:
    http = Http()
    http.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    assert http.get("/api/v1/deals").status_code == 401

"""Log-in: password, then code; nothing opens in between; every refusal is recorded."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client as Http

from custody.accounts.models import Authenticator, User
from custody.accounts.services import deactivate_user
from custody.audit.models import AuditEntry
from tests.cast import AT, PASSWORD, code_of, logged_in, person

LOGIN, CODE, ENROL = "/account/login/", "/account/code/", "/account/enrol/"


def enter_password(http: Http, email: str, password: str = PASSWORD) -> str:
    """Post the first step and return where it leads, or the page's text."""
    response = http.post(LOGIN, {"email": email, "password": password})
    return response["Location"] if response.status_code == 302 else response.content.decode()


def refusals(verb: str) -> list[str]:
    entries = AuditEntry.objects.filter(verb=verb).order_by("pk")
    return [bytes(entry.body).decode() for entry in entries]


def test_password_and_code_open_the_pages(officer: User) -> None:
    http = Http()
    assert enter_password(http, "officer@example.org") == CODE
    response = http.post(CODE, {"token": code_of(officer)})
    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert AuditEntry.objects.filter(verb="accounts.login.succeeded", subject=officer.pk).count() == 1


def test_code_may_be_typed_in_two_groups(officer: User) -> None:
    http = Http()
    enter_password(http, " Officer@Example.ORG ")
    code = code_of(officer)
    assert http.post(CODE, {"token": f"{code[:3]} {code[3:]}"}).status_code == 302


@pytest.mark.parametrize("email", ["officer@example.org", "unknown@example.org", "no-address"])
def test_wrong_credentials_look_alike_and_are_recorded(officer: User, email: str) -> None:
    page = Http().post(LOGIN, {"email": email, "password": "not the password"})
    assert page.status_code == 400
    if email != "no-address":
        assert [
            entry.count("wrong_credentials") for entry in refusals("accounts.login.password.refused")
        ] == [1]
        assert "example.org" not in refusals("accounts.login.password.refused")[0]


def test_five_failures_lock_this_account_only(officer: User, merchant: User) -> None:
    http = Http()
    for _ in range(5):
        enter_password(http, "officer@example.org", "wrong password")
    assert '"locked_out"' in refusals("accounts.login.password.refused")[-1]
    assert enter_password(http, "officer@example.org") != CODE
    assert enter_password(http, "merchant@example.org") == CODE


def test_lock_out_keeps_no_address_and_no_browser(officer: User) -> None:
    Http(REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="Rare Browser 7").post(
        LOGIN, {"email": "officer@example.org", "password": "wrong"}
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(axes_accessattempt)::text FROM axes_accessattempt")
        rows = " ".join(str(row) for row in cursor.fetchall())
    assert "fd" in rows
    for private in ("203.0.113.77", "Rare Browser", "officer@"):
        assert private not in rows


def test_success_forgets_the_failures(officer: User) -> None:
    http = Http()
    for _ in range(4):
        enter_password(http, "officer@example.org", "wrong password")
    assert enter_password(http, "officer@example.org") == CODE
    assert enter_password(Http(), "officer@example.org", "wrong password") != CODE
    assert enter_password(Http(), "officer@example.org") == CODE


def test_code_works_once(officer: User) -> None:
    first, second = Http(), Http()
    enter_password(first, "officer@example.org")
    enter_password(second, "officer@example.org")
    code = code_of(officer)
    assert first.post(CODE, {"token": code}).status_code == 302
    assert second.post(CODE, {"token": code}).status_code == 400
    assert '"wrong_code"' in refusals("accounts.login.code.refused")[-1]
    assert second.get("/admin/").status_code == 302


def test_wrong_codes_slow_down_even_the_right_one(officer: User) -> None:
    http = Http()
    enter_password(http, "officer@example.org")
    for _ in range(2):
        http.post(CODE, {"token": "000000"})
    assert http.post(CODE, {"token": code_of(officer)}).status_code == 400
    assert '"code_throttled"' in refusals("accounts.login.code.refused")[-1]


def test_code_of_another_person_is_refused(officer: User, merchant: User) -> None:
    http = Http()
    enter_password(http, "officer@example.org")
    assert http.post(CODE, {"token": code_of(merchant)}).status_code == 400


@pytest.mark.parametrize("path", ["/", "/admin/", "/admin/accounts/user/"])
def test_password_alone_opens_no_page(officer: User, path: str) -> None:
    http = Http()
    enter_password(http, "officer@example.org")
    response = http.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith(CODE)


def test_live_part_of_a_page_sends_the_browser_to_the_log_in(db: None) -> None:
    response = Http().get("/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (204, LOGIN)


def test_step_two_without_step_one_starts_over(db: None) -> None:
    assert Http().get(CODE)["Location"] == LOGIN
    assert Http().get(ENROL)["Location"] == LOGIN


def test_session_key_changes_at_each_step(officer: User) -> None:
    http = Http()
    enter_password(http, "officer@example.org")
    before = http.cookies["sessionid"].value
    http.post(CODE, {"token": code_of(officer)})
    assert http.cookies["sessionid"].value != before


def test_half_finished_log_in_lasts_ten_minutes(officer: User) -> None:
    http = Http()
    enter_password(http, "officer@example.org")
    assert http.session.get_expiry_age() <= 600
    http.post(CODE, {"token": code_of(officer)})
    assert 8 * 3600 - 60 <= http.session.get_expiry_age() <= 8 * 3600


def test_foreign_next_page_is_ignored(officer: User) -> None:
    http = Http()
    enter_password(http, "officer@example.org")
    response = http.post(f"{CODE}?next=https://evil.example/", {"token": code_of(officer)})
    assert response["Location"] == "/admin/"


def test_deactivated_person_is_out_with_the_next_request(officer: User) -> None:
    http = logged_in(officer)
    assert http.get("/admin/").status_code == 200
    deactivate_user(actor="system:test", user=officer, at=AT)
    assert http.get("/admin/")["Location"].startswith(LOGIN)


def test_log_out_ends_the_session(officer: User) -> None:
    http = logged_in(officer)
    assert http.get("/account/logout/").status_code == 405
    assert http.post("/account/logout/")["Location"] == LOGIN
    assert http.get("/admin/")["Location"].startswith(LOGIN)


def test_enrolment_shows_the_key_and_takes_the_first_code(db: None) -> None:
    user = person("newcomer")
    Authenticator.objects.filter(user=user).update(confirmed=False)
    http = Http()
    assert enter_password(http, "newcomer@example.org") == ENROL
    assert "data:image/svg+xml;base64," in http.get(ENROL).content.decode()
    assert http.post(ENROL, {"token": "000000"}).status_code == 400
    Authenticator.objects.filter(user=user).update(throttling_failure_count=0)
    assert http.post(ENROL, {"token": code_of(user)}).status_code == 302
    assert AuditEntry.objects.filter(verb="accounts.second_factor.enrolled", subject=user.pk).count() == 1


def test_enrolled_person_never_sees_the_key_again(officer: User) -> None:
    http = Http()
    enter_password(http, "officer@example.org")
    assert http.get(ENROL)["Location"] == CODE
    assert logged_in(officer).get(ENROL)["Location"] == CODE


def test_superuser_cannot_exist(officer: User) -> None:
    with pytest.raises(IntegrityError, match="user_never_superuser"), transaction.atomic():
        User.objects.filter(pk=officer.pk).update(is_superuser=True)


def test_e_mail_name_and_code_key_are_ciphertext_in_the_table(officer: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT email, name, totp_key, email_hash FROM accounts_user WHERE id = %s", [officer.pk]
        )
        email, name, key, digest = cursor.fetchone()
    assert b"officer" not in bytes(email).lower()
    assert b"officer" not in bytes(name).lower()
    assert officer.totp_key.encode() not in bytes(key)
    assert len(digest) == 64


def test_pages_are_german_until_english_is_chosen(db: None) -> None:
    http = Http(HTTP_ACCEPT_LANGUAGE="en")
    assert '<html lang="de">' in http.get(LOGIN).content.decode()
    http.post("/account/language/", {"language": "en", "next": LOGIN})
    assert '<html lang="en">' in http.get(LOGIN).content.decode()

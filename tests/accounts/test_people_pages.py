"""Pages of people: roles under another administrator's eyes, resets that never add up to a take-over."""

import pytest
from django.http import HttpResponse

from custody.accounts.models import Authenticator, RoleGrant, User
from custody.audit.models import AuditEntry
from tests.cast import PASSWORD, client_of, fresh_code, logged_in


def send(actor: User, subject: User, deed: str, **fields: str) -> HttpResponse:
    fields.setdefault("token", fresh_code(actor))
    data = {f"{deed}-{name}": value for name, value in fields.items()}
    return logged_in(actor).post(f"/admin/accounts/user/{subject.pk}/do/{deed}/", data)  # type: ignore[return-value]


def refusals(verb: str) -> list[str]:
    return [bytes(entry.body).decode() for entry in AuditEntry.objects.filter(verb=verb).order_by("pk")]


def roles_of(user: User) -> set[str]:
    return set(RoleGrant.objects.filter(user=user).values_list("role", flat=True))


def test_administrator_gives_and_takes_a_role(administrator: User, officer: User) -> None:
    assert send(administrator, officer, "grant", role="MEDIATOR").status_code == 302
    assert roles_of(officer) == {"COMPLIANCE_OFFICER", "MEDIATOR"}
    assert send(administrator, officer, "revoke", role="COMPLIANCE_OFFICER").status_code == 302
    assert roles_of(officer) == {"MEDIATOR"}


def test_a_role_needs_a_fresh_code(administrator: User, officer: User) -> None:
    assert send(administrator, officer, "grant", role="MEDIATOR", token="000000").status_code == 400
    assert roles_of(officer) == {"COMPLIANCE_OFFICER"}
    assert '"wrong_code"' in refusals("accounts.role.grant.refused")[0]


def test_nobody_gives_themselves_a_role(administrator: User) -> None:
    page = logged_in(administrator).get(f"/admin/accounts/user/{administrator.pk}/change/").content.decode()
    assert "do/grant/" not in page
    assert send(administrator, administrator, "grant", role="MEDIATOR").status_code == 400
    assert roles_of(administrator) == {"ADMIN"}
    assert '"own_account"' in refusals("accounts.role.grant.refused")[0]


def test_an_auditor_sees_people_and_changes_nothing(auditor: User, officer: User) -> None:
    page = logged_in(auditor).get(f"/admin/accounts/user/{officer.pk}/change/")
    assert "officer@example.org" in page.content.decode()
    assert "/do/" not in page.content.decode()
    assert send(auditor, officer, "deactivate").status_code == 400
    assert '"no_right"' in refusals("accounts.user.deactivate.refused")[0]
    assert User.objects.get(pk=officer.pk).is_active


def test_closing_an_account_ends_its_log_ins(administrator: User, officer: User) -> None:
    http = logged_in(officer)
    assert send(administrator, officer, "deactivate").status_code == 302
    assert http.get("/admin/").status_code == 302


def test_a_reset_factor_is_enrolled_anew(administrator: User, officer: User) -> None:
    assert send(administrator, officer, "reset-factor").status_code == 302
    assert not Authenticator.objects.filter(user=officer).exists()
    assert User.objects.get(pk=officer.pk).totp_key == ""


def test_a_reset_password_is_shown_once_and_not_recorded(administrator: User, officer: User) -> None:
    http = logged_in(administrator)
    address = f"/admin/accounts/user/{officer.pk}/"
    sent = {"reset-password-token": fresh_code(administrator)}
    answer = http.post(f"{address}do/reset-password/", sent)
    shown = [str(message) for message in answer.context["messages"]]
    password = shown[0].rpartition(" ")[2]
    assert password in answer.content.decode()
    assert password not in str(answer.cookies) + str(dict(http.session.items()))
    assert password not in http.get(f"{address}change/").content.decode()
    assert User.objects.get(pk=officer.pk).check_password(password)
    assert not User.objects.get(pk=officer.pk).check_password(PASSWORD)
    assert all(password not in bytes(entry.body).decode() for entry in AuditEntry.objects.all())


@pytest.mark.parametrize("page", ["user", "client"])
def test_the_lists_open(administrator: User, merchant: User, page: str) -> None:
    client_of(merchant)
    assert logged_in(administrator).get(f"/admin/accounts/{page}/").status_code == 200


def test_a_client_page_names_its_people(administrator: User, merchant: User) -> None:
    client = client_of(merchant)
    page = logged_in(administrator).get(f"/admin/accounts/client/{client.pk}/change/").content.decode()
    assert "Merchant GmbH" in page
    assert merchant.pk in page

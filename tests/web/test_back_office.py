"""The back office as a site: who enters it, what its frame shows, what its stock pages do not offer."""

from typing import Any

import pytest
from django.test import Client as Http
from django.test import override_settings

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.audit.services import record
from custody.audit.tasks import link_entries
from custody.web.show import coins, grouped, moment
from custody.web.worklist import Row
from tests.cast import AT, client_of, logged_in


def rows_of(home: Any, page: str) -> list[Row]:
    """Rows of the worklist that lead to one page."""
    sections = home.context["worklist"]
    return [row for section in sections if section.source.page == page for row in section.rows]


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/audit/auditentry/"])
def test_strangers_are_sent_to_the_two_step_log_in(db: None, path: str) -> None:
    response = Http().get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/?next=")


def test_password_alone_leads_to_the_code(officer: User) -> None:
    http = Http()
    http.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    assert http.get("/admin/")["Location"].startswith("/account/code/?next=")


def test_a_clients_person_is_refused_with_reason_and_record(merchant: User) -> None:
    client_of(merchant)
    response = logged_in(merchant).get("/admin/", follow=True)
    assert response.status_code == 403
    assert "not_staff" in response.content.decode()
    assert AuditEntry.objects.filter(verb__endswith=".refused", actor=merchant).count() == 1


def test_home_opens_without_late_entries(officer: User) -> None:
    link_entries()
    response = logged_in(officer).get("/admin/")
    assert response.status_code == 200
    assert rows_of(response, "audit.AuditEntry") == []


def test_pages_carry_the_environment_and_the_source_link(officer: User) -> None:
    page = logged_in(officer).get("/admin/").content.decode()
    assert "[TEST]" in page
    with override_settings(PROFILE="production", IS_DEMO=False):
        assert "[TEST]" not in logged_in(officer).get("/admin/").content.decode()
    assert "AGPL-3.0-or-later" in page


def test_the_sidebar_shows_what_the_roles_open(officer: User, treasurer: User) -> None:
    assert "/admin/compliance/hit/" in logged_in(officer).get("/admin/").content.decode()
    assert "/admin/compliance/hit/" not in logged_in(treasurer).get("/admin/").content.decode()


def test_entries_that_are_not_linked_in_time_are_due(officer: User) -> None:
    link_entries()
    record(verb="accounts.login.succeeded", actor="system:test", subject="usr_x", payload={}, at=AT)
    rows = rows_of(logged_in(officer).get("/admin/"), "audit.AuditEntry")
    assert [row.since for row in rows] == [AT]


def test_an_audit_entry_shows_its_place(officer: User) -> None:
    entry = record(verb="escrow.deal.opened", actor="system:test", subject="deal_x", payload={"a": "b"})
    link_entries()
    page = logged_in(officer).get(f"/admin/audit/auditentry/{entry.pk}/change/").content.decode()
    assert str(grouped(entry.hash)) in page
    assert (
        f"Büro {entry.link.position}" in logged_in(officer).get("/admin/audit/auditentry/").content.decode()
    )


def test_the_audit_list_begins_with_what_people_did(officer: User) -> None:
    for stream in ("main", "signing"):
        record(
            verb="escrow.deal.opened",
            actor="system:test",
            subject=f"deal_{stream}",
            payload={},
            stream=stream,
        )

    def shown(query: str) -> list[str]:
        page = logged_in(officer).get(f"/admin/audit/auditentry/{query}")
        return sorted(entry.subject for entry in page.context["cl"].result_list if entry.subject)

    page = logged_in(officer).get("/admin/audit/auditentry/")
    stream = page.context["cl"].filter_specs[0]
    choices = {str(choice["display"]): choice["selected"] for choice in stream.choices(page.context["cl"])}
    assert choices == {"Alle": False, "Büro": True, "Signieren": False}
    assert shown("?stream=signing") == ["deal_signing"]
    assert {"deal_main", "deal_signing"} <= set(shown("?stream=all"))
    assert shown("?q=deal_signing") == ["deal_signing"]
    assert "deal_signing" not in shown("")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Es gibt noch keinen Eintrag."),
        ("?q=nothing", "Kein Eintrag passt zu Suche und Filtern."),
    ],
)
def test_an_empty_list_says_why(security: User, query: str, words: str) -> None:
    page = logged_in(security).get(f"/admin/hsm/hsmmodule/{query}").content.decode()
    assert words in page
    assert page.count("Eintrag passt") == words.count("Eintrag passt")


@pytest.mark.parametrize("path", ["add/", "1/delete/"])
def test_nothing_is_added_or_deleted(officer: User, path: str) -> None:
    assert logged_in(officer).get(f"/admin/audit/auditentry/{path}").status_code in {403, 404}


def test_the_stock_change_of_password_is_closed(officer: User) -> None:
    assert logged_in(officer).get("/admin/password_change/")["Location"] == "/account/password/"


def test_log_out_ends_the_session(officer: User) -> None:
    http = logged_in(officer)
    assert http.post("/admin/logout/")["Location"] == "/account/login/"
    assert http.get("/admin/").status_code == 302


def test_history_is_the_audit_record(officer: User) -> None:
    location = logged_in(officer).get(f"/admin/accounts/user/{officer.pk}/history/")["Location"]
    assert location == f"/admin/audit/auditentry/?q={officer.pk}"


def test_the_policy_is_relaxed_for_the_back_office_alone(officer: User) -> None:
    http = logged_in(officer)
    assert "unsafe-eval" in http.get("/admin/")["Content-Security-Policy"]
    assert "unsafe-eval" not in Http().get("/account/login/")["Content-Security-Policy"]


def test_groups_of_four_add_nothing_to_what_is_copied() -> None:
    shown = str(grouped("bcrt1q303"))
    assert shown == '<code class="groups"><span>bcrt</span><span>1q30</span><span>3</span></code>'


def test_amounts_keep_all_digits() -> None:
    assert str(coins(990000)) == '<span class="amount">0,00990000 BTC</span>'


def test_times_are_of_berlin_with_utc_beside() -> None:
    assert 'title="2026-11-21 09:00:00 UTC">21.11.2026 10:00:00<' in str(moment(AT))

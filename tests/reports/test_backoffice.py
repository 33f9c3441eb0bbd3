"""Officers make, watch and download reports; others see or do only what their roles allow."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client as Http
from django.urls import reverse
from pytest_django import Settings

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.common import clock
from custody.documents.services import fetch_document
from custody.reports import services, states
from custody.reports.models import ReportRun
from custody.reports.periods import last_complete_month
from custody.reports.proofs import Proof
from custody.reports.services import request_report
from tests.cast import AT, logged_in
from tests.escrow.stage import Stage
from tests.reports.desk import Desk

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

LIST = "/admin/reports/reportrun/"


@pytest.fixture(autouse=True)
def english(settings: Settings) -> None:
    settings.LANGUAGE_CODE = "en"


def page(run: ReportRun) -> str:
    return reverse("admin:reports_reportrun_change", args=[run.pk])


def do(http: Http, run: ReportRun, name: str) -> "Response":
    return http.post(reverse("admin:reports_reportrun_do", args=[run.pk, name]))


def make(http: Http, **fields: str) -> "Response":
    return http.post(f"{LIST}add/", {f"make-{field}": value for field, value in fields.items()})


def refusals() -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(verb__endswith=".refused").order_by("pk")
    return [(row.verb, row.subject) for row in rows]


def test_an_officer_makes_a_report_for_a_chosen_month(desk: Desk, officer: User) -> None:
    answer = make(logged_in(officer), report="R3", about="2026-09")
    run = ReportRun.objects.get()
    assert (run.report, run.period, run.requested_by, run.is_scheduled) == ("R3", "2026-09", officer, False)
    assert (answer.status_code, answer["Location"]) == (302, page(run))


def test_an_unknown_month_is_a_form_error_and_a_recorded_refusal(desk: Desk, officer: User) -> None:
    answer = make(logged_in(officer), report="R3", about="2026-13")
    assert answer.status_code == 400
    assert not ReportRun.objects.exists()
    assert refusals() == [("reports.run.request.refused", "")]


def test_the_list_shows_due_made_and_failed(desk: Desk, officer: User, run: ReportRun) -> None:
    services.fail_run(run_id=run.pk, reason="render_failed", at=AT)
    text = logged_in(officer).get(LIST).content.decode()
    assert str(last_complete_month(clock.now())) in text
    assert "fällig" in text
    assert "gescheitert" in text
    assert "R3-2026-10-v1" in text


def test_a_made_report_is_downloaded_and_the_download_recorded(officer: User, made: ReportRun) -> None:
    answer = do(logged_in(officer), made, "download")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="R3-2026-10-v1.pdf"'
    assert answer.content == fetch_document(subject=made.document_subject, sha256=made.file_sha256)
    entry = AuditEntry.objects.get(verb="reports.run.downloaded")
    assert (entry.subject, entry.actor_id) == (made.pk, officer.pk)


def test_its_proof_is_downloaded(officer: User, made: ReportRun) -> None:
    answer = do(logged_in(officer), made, "prove")
    assert Proof.from_bytes(answer.content).entry["subject"] == made.pk


def test_the_identity_to_check_against_is_downloaded(
    desk: Desk, officer: User, made: ReportRun, tmp_path: Path, settings: Settings
) -> None:
    settings.SIGNER_PUBLIC_DIR = tmp_path
    assert do(logged_in(officer), made, "identify").status_code == 400
    published = desk.publish(tmp_path).read_bytes()
    answer = do(logged_in(officer), made, "identify")
    assert answer.content == published
    assert answer["Content-Disposition"] == 'attachment; filename="signer.json"'


def test_a_proof_before_its_checkpoint_is_refused_on_the_page(
    desk: Desk, officer: User, run: ReportRun
) -> None:
    desk.make(run)
    answer = do(logged_in(officer), run, "prove")
    assert answer.status_code == 400
    assert refusals() == [("reports.run.prove.refused", run.pk)]


def test_the_page_refreshes_itself_until_the_report_is_made_or_failed(desk: Desk, officer: User) -> None:
    run = request_report(actor=officer, report="R3", about="2026-10", at=clock.now())
    http = logged_in(officer)
    assert http.get(page(run))["Refresh"] == "4"
    services.fail_run(run_id=run.pk, reason="render_failed", at=clock.now())
    answer = http.get(page(run))
    assert "Refresh" not in answer
    assert "render_failed" in answer.content.decode()


def test_the_page_of_a_report_that_never_ends_stops_refreshing(desk: Desk, officer: User) -> None:
    run = request_report(actor=officer, report="R3", about="2026-10", at=clock.now() - timedelta(minutes=10))
    assert "Refresh" not in logged_in(officer).get(page(run))


def test_a_failed_report_is_tried_again(desk: Desk, officer: User, run: ReportRun) -> None:
    services.fail_run(run_id=run.pk, reason="render_failed", at=AT)
    assert do(logged_in(officer), run, "retry").status_code == 302
    run.refresh_from_db()
    assert run.state == states.DUE


def test_the_page_shows_what_happened(officer: User, made: ReportRun) -> None:
    services.download_report(actor=officer, run_id=made.pk, at=AT + timedelta(minutes=1))
    text = logged_in(officer).get(page(made)).content.decode()
    assert made.file_sha256[:4] in text
    assert "DRAFT" in text
    assert "Officer" in text


def test_an_auditor_reads_but_makes_nothing(desk: Desk, auditor: User, made: ReportRun) -> None:
    http = logged_in(auditor)
    assert do(http, made, "download").status_code == 200
    assert make(http, report="R3", about="2026-09").status_code == 403
    assert ReportRun.objects.count() == 1


@pytest.mark.parametrize("who", ["treasurer", "buyer"])
def test_others_see_no_reports(who: str, made: ReportRun, request: pytest.FixtureRequest) -> None:
    http = logged_in(request.getfixturevalue(who))
    assert http.get(LIST).status_code in {302, 403}
    assert do(http, made, "download").status_code in {302, 403, 404}
    assert not AuditEntry.objects.filter(verb="reports.run.downloaded").exists()


def test_the_page_of_a_deal_makes_its_case_file(stage: Stage, officer: User, desk: Desk) -> None:
    http = logged_in(officer)
    answer = http.post(reverse("admin:escrow_deal_do", args=[stage.deal_id, "case-file"]))
    run = ReportRun.objects.get()
    assert (answer.status_code, run.report, run.subject) == (302, "R7", stage.deal_id)
    text = http.get(reverse("admin:escrow_deal_change", args=[stage.deal_id])).content.decode()
    assert page(run) in text


def test_a_failed_report_is_due_on_the_home_page(desk: Desk, officer: User) -> None:
    run = request_report(actor=officer, report="R3", about="2026-10", at=AT)
    services.fail_run(run_id=run.pk, reason="render_failed", at=AT)
    assert page(run) in logged_in(officer).get("/admin/").content.decode()

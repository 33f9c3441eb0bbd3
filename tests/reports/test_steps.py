"""A run goes through its states once, freezes its data, and gives up with a code."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custody.audit.models import AuditEntry
from custody.common import clock
from custody.common.canonical import NotCanonicalError
from custody.common.errors import InvalidInputError, NotFoundError, RefusedError
from custody.common.states import IllegalTransitionError
from custody.documents.services import fetch_document
from custody.hsm.models import SigningKey, SigningRequest
from custody.reports import services, states, tasks
from custody.reports.catalogue import DEFINITIONS
from custody.reports.models import ReportRun
from custody.reports.services import request_report
from custody.reports.twin import decode_twin
from tests.cast import AT
from tests.reports.desk import Desk


def verbs(run: ReportRun) -> list[str]:
    rows = AuditEntry.objects.filter(subject=run.pk).order_by("pk").values_list("verb", flat=True)
    return [verb.removeprefix("reports.run.") for verb in rows]


def twin_of(run: ReportRun) -> dict[str, Any]:
    return decode_twin(fetch_document(subject=run.document_subject, sha256=run.twin_sha256))


def test_goes_from_request_to_sealed_file(desk: Desk, run: ReportRun) -> None:
    assert run.state == states.DUE
    made = desk.make(run)
    assert (made.state, made.made_at is not None, made.is_complete) == (states.MADE, True, True)
    assert fetch_document(subject=made.document_subject, sha256=made.file_sha256).startswith(b"%PDF-")
    assert verbs(made) == ["requested", "collected", "prepared", "made"]


def test_each_step_does_its_work_once(desk: Desk, run: ReportRun) -> None:
    services.collect_run(run_id=run.pk, at=AT)
    services.collect_run(run_id=run.pk, at=AT + timedelta(hours=1))
    services.prepare_run(run_id=run.pk, at=AT)
    services.prepare_run(run_id=run.pk, at=AT)
    assert SigningRequest.objects.filter(kind="CMS_SEAL").count() == 1
    desk.answer(run)
    sha256 = ReportRun.objects.get(pk=run.pk).file_sha256
    tasks.apply_seal(request_id=ReportRun.objects.get(pk=run.pk).seal_request)
    assert ReportRun.objects.get(pk=run.pk).file_sha256 == sha256
    assert verbs(run) == ["requested", "collected", "prepared", "made"]


def test_shows_the_data_of_the_moment_they_were_frozen(desk: Desk, run: ReportRun) -> None:
    services.collect_run(run_id=run.pk, at=AT)
    SigningKey.objects.all().update(state="SUSPENDED")
    run.refresh_from_db()
    assert {key["state"] for key in twin_of(run)["sections"]["keys"]} == {"ACTIVE"}


def test_marks_the_running_month_incomplete(desk: Desk) -> None:
    run = request_report(actor="system:test", report="R3", about="2026-11", at=AT)
    services.collect_run(run_id=run.pk, at=AT)
    run.refresh_from_db()
    assert not run.is_complete
    assert twin_of(run)["period"]["complete"] is False


def test_counts_versions_of_the_same_report(desk: Desk, run: ReportRun) -> None:
    again = request_report(actor="system:test", report="R3", about="2026-10", at=AT)
    other = request_report(actor="system:test", report="R3", about="2026-09", at=AT)
    assert (run.version, again.version, other.version) == (1, 2, 1)


@pytest.mark.parametrize(
    ("report", "about", "error", "field"),
    [
        ("R2", "2026-10", InvalidInputError, "report"),
        ("R3", "2027-01", InvalidInputError, "period"),
        ("R3", "deal_1", InvalidInputError, "period"),
        ("R7", "deal_unknown", NotFoundError, "period"),
        ("R7", "latest", NotFoundError, "period"),
    ],
)
def test_refuses_what_cannot_be_reported(
    desk: Desk, report: str, about: str, error: type[Exception], field: str
) -> None:
    with pytest.raises(error) as caught:
        request_report(actor="system:test", report=report, about=about, at=AT)
    assert caught.value.field == field  # type: ignore[attr-defined]
    assert not ReportRun.objects.exists()


def test_gives_up_with_the_rule_when_the_signer_refuses(desk: Desk, run: ReportRun) -> None:
    services.collect_run(run_id=run.pk, at=AT)
    services.prepare_run(run_id=run.pk, at=AT)
    desk.answer(run, refuse="foreign_certificate")
    run.refresh_from_db()
    assert (run.state, run.failure, run.file_sha256) == (states.FAILED, "foreign_certificate", "")
    assert verbs(run)[-1] == "failed"


def test_gives_up_with_the_code_when_the_data_cannot_be_collected(
    desk: Desk, run: ReportRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_scope: object) -> dict[str, Any]:
        return {"price": 1.5}

    monkeypatch.setitem(DEFINITIONS, "R3", replace(DEFINITIONS["R3"], collect=broken))
    with pytest.raises(NotCanonicalError):
        tasks.collect_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure, run.twin_sha256) == (states.FAILED, "not_canonical", "")
    assert "reports.run.collect.refused" in AuditEntry.objects.filter(subject=run.pk).values_list(
        "verb", flat=True
    )


def test_waits_while_the_signer_is_unknown(desk: Desk, run: ReportRun) -> None:
    services.collect_run(run_id=run.pk, at=AT)
    SigningKey.objects.all().delete()
    with pytest.raises(Exception, match="no certificate for seals that say DRAFT"):
        tasks.prepare_run(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == states.RENDERING


def test_a_failed_run_can_be_tried_again(desk: Desk, run: ReportRun) -> None:
    services.fail_run(run_id=run.pk, reason="render_failed", at=AT)
    services.retry_run(actor="system:test", run_id=run.pk, at=AT)
    assert desk.make(run).state == states.MADE


def test_a_made_run_is_neither_tried_again_nor_given_up(made: ReportRun) -> None:
    services.fail_run(run_id=made.pk, reason="late", at=AT)
    with pytest.raises(IllegalTransitionError):
        services.retry_run(actor="system:test", run_id=made.pk, at=AT)
    assert ReportRun.objects.get(pk=made.pk).state == states.MADE


def test_only_a_made_report_is_given_out(run: ReportRun) -> None:
    with pytest.raises(RefusedError) as caught:
        services.download_report(actor="system:test", run_id=run.pk, at=AT)
    assert caught.value.code == "report_not_made"


def test_a_download_is_recorded_with_the_hash(made: ReportRun) -> None:
    name, content = services.download_report(actor="system:test", run_id=made.pk, at=AT)
    assert name == "R3-2026-10-v1.pdf"
    entry = AuditEntry.objects.filter(verb="reports.run.downloaded").get()
    assert made.file_sha256.encode() in bytes(entry.body)
    assert content.startswith(b"%PDF-")


def test_lost_steps_are_started_again(desk: Desk, run: ReportRun, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(tasks, "enqueue_on_commit", lambda name, **ids: started.append((name, ids)))
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(seconds=61))
    tasks.resume_runs()
    services.collect_run(run_id=run.pk, at=AT)
    tasks.resume_runs()
    services.prepare_run(run_id=run.pk, at=AT)
    tasks.resume_runs()
    request = ReportRun.objects.get(pk=run.pk).seal_request
    assert started == [
        ("reports.collect_run", {"run_id": run.pk}),
        ("reports.prepare_run", {"run_id": run.pk}),
        ("reports.apply_seal", {"request_id": request}),
    ]

"""Asking for reports, trying again, giving up, taking them away."""

from datetime import datetime

from django.db import connection, transaction

from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.common.errors import NotFoundError, RefusedError
from custody.common.ids import new_id
from custody.common.queue import enqueue_on_commit
from custody.documents.services import fetch_document
from custody.reports import states
from custody.reports.catalogue import find_definition
from custody.reports.definition import Definition
from custody.reports.models import ReportRun
from custody.reports.periods import parse_month
from custody.reports.services.record import SYSTEM, Actor, record_step


@transaction.atomic
def request_report(
    *, actor: Actor, report: str, about: str, at: datetime, is_scheduled: bool = False
) -> ReportRun:
    """Ask for a new version of a report; ``about`` is a month, a case id, or "latest".

    A scheduled report is made once per period: asking again returns the run there is. Raises
    ForbiddenError, InvalidInputError for an unknown report or period, NotFoundError for an unknown case.
    """
    _require_right(actor, Right.MAKE_REPORT)
    period, subject = _resolve(find_definition(report), about, at=at)
    _lock(f"{report}|{period}|{subject}")
    earlier = ReportRun.objects.filter(report=report, period=period, subject=subject)
    if is_scheduled and (existing := earlier.filter(is_scheduled=True).first()):
        return existing
    run = ReportRun.objects.create(
        id=new_id("run", at=at),
        report=report,
        period=period,
        subject=subject,
        version=earlier.count() + 1,
        is_scheduled=is_scheduled,
        state=states.DUE,
        requested_by_id=None if isinstance(actor, str) else actor.pk,
        requested_at=at,
    )
    record_step(run, "requested", actor=actor, at=at, version=run.version, is_scheduled=is_scheduled)
    enqueue_on_commit("reports.collect_run", run_id=run.pk)
    return run


@transaction.atomic
def retry_run(*, actor: Actor, run_id: str, at: datetime) -> ReportRun:
    """Start a failed run again with new data.

    Raises ForbiddenError, and IllegalTransitionError in any other state.
    """
    _require_right(actor, Right.MAKE_REPORT)
    run = locked_run(run_id)
    run.state, run.failure = states.RUN.next(run.state, "retry"), ""
    run.save(update_fields=["state", "failure"])
    record_step(run, "retried", actor=actor, at=at)
    enqueue_on_commit("reports.collect_run", run_id=run.pk)
    return run


@transaction.atomic
def fail_run(*, run_id: str, reason: str, at: datetime) -> None:
    """Give a run up with a code; does nothing when it is made or given up already."""
    run = locked_run(run_id)
    if run.state in {states.MADE, states.FAILED}:
        return
    run.state, run.failure = states.RUN.next(run.state, "fail"), reason[:64]
    run.save(update_fields=["state", "failure"])
    record_step(run, "failed", actor=SYSTEM, at=at, code=run.failure)


@transaction.atomic
def download_report(*, actor: Actor, run_id: str, at: datetime) -> tuple[str, bytes]:
    """Return name and bytes of a made report, and record who took it.

    Raises ForbiddenError, NotFoundError and RefusedError (``report_not_made``).
    """
    _require_right(actor, Right.VIEW_REPORT)
    run = locked_run(run_id)
    if run.state != states.MADE:
        raise RefusedError("this report is not made yet", code="report_not_made")
    record_step(run, "downloaded", actor=actor, at=at, file_sha256=run.file_sha256)
    return run.file_name, fetch_document(subject=run.document_subject, sha256=run.file_sha256)


def locked_run(run_id: str) -> ReportRun:
    """Return the run with its row locked; raises NotFoundError."""
    run = ReportRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise NotFoundError("no such report run")
    return run


def _require_right(actor: Actor, right: Right) -> None:
    """People need the right; our own processes act on a schedule or at the console."""
    if not isinstance(actor, str):
        require_right(actor, right)


def _resolve(definition: Definition, about: str, *, at: datetime) -> tuple[str, str]:
    """Return (period, case): exactly one of them is set."""
    if definition.cases is None:
        return str(parse_month(about, at=at)), ""
    subject = definition.cases.latest() if about == "latest" else about
    if not subject or not definition.cases.exists(subject):
        raise NotFoundError("no such case", field="period")
    return "", subject


def _lock(name: str) -> None:
    """One version number at a time; the unique constraints hold without it, but would raise."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reports:{name}"])

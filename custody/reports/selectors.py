"""Reads of the reports: what is due, made, failed, and what waits for a step."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from custody.reports import states
from custody.reports.models import ReportRelease, ReportRun
from custody.reports.periods import Month

# A step that was lost with its message is started again after this time.
STALE_AFTER = timedelta(seconds=60)


def is_requested(report: str, month: Month) -> bool:
    """True when the scheduled run of this month exists, whatever its state."""
    return ReportRun.objects.filter(report=report, period=str(month), is_scheduled=True).exists()


def scheduled_runs(report: str, months: list[Month]) -> dict[str, ReportRun]:
    """Return the scheduled runs of these months by period."""
    runs = ReportRun.objects.filter(report=report, is_scheduled=True, period__in=map(str, months))
    runs = runs.prefetch_related("releases")
    return {run.period: run for run in runs}


def stale_runs(*, at: datetime) -> QuerySet[ReportRun]:
    """Return unfinished runs whose next step, or the signer's answer, seems lost."""
    waiting = ReportRun.objects.filter(state__in=(states.DUE, states.RENDERING, states.SEALING))
    return waiting.filter(requested_at__lt=at - STALE_AFTER).order_by("requested_at")


def runs_to_export() -> QuerySet[ReportRun]:
    """Return made scheduled runs that are not in the export folder yet."""
    return ReportRun.objects.filter(is_scheduled=True, state=states.MADE, exported_at=None).order_by(
        "made_at"
    )


def failed_runs() -> QuerySet[ReportRun]:
    """Return runs that were given up, newest first."""
    return ReportRun.objects.filter(state=states.FAILED).order_by("-requested_at")


def runs_about(subject: str) -> QuerySet[ReportRun]:
    """Return the runs about one case with their releases, newest first."""
    runs = ReportRun.objects.filter(subject=subject).prefetch_related("releases")
    return runs.order_by("-requested_at", "-pk")


def waiting_run(seal_request: str) -> ReportRun | None:
    """Return the run that waits for this signing request."""
    return ReportRun.objects.filter(seal_request=seal_request).first()


def waiting_release(seal_request: str) -> ReportRelease | None:
    """Return the release that waits for this signing request."""
    return ReportRelease.objects.filter(request=seal_request, state=states.ASKED).first()


def asked_releases() -> QuerySet[ReportRelease]:
    """Return the releases that the signer has."""
    return ReportRelease.objects.filter(state=states.ASKED).order_by("drafted_at")


def last_release(run: ReportRun) -> ReportRelease | None:
    """Return the newest release of a run, whatever became of it."""
    return run.releases.order_by("-drafted_at", "-pk").first()

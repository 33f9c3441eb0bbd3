"""Background work of the reports: one step of one run each, ids only, safe to run twice."""

from collections.abc import Callable
from datetime import datetime

from celery import shared_task

from custody.common import clock
from custody.common.errors import CustodyError, UnavailableError
from custody.common.queue import enqueue_on_commit
from custody.hsm import selectors as hsm
from custody.reports import schedule, selectors, services, states
from custody.web.refusals import records_refusals

NEXT_STEP = {states.DUE: "reports.collect_run", states.RENDERING: "reports.prepare_run"}


@shared_task(name="reports.request_due")
@records_refusals("reports.schedule.request")
def request_due() -> int:
    """Request every monthly report that is due and was not requested; return how many."""
    return schedule.request_due(at=clock.now())


@shared_task(name="reports.collect_run")
@records_refusals("reports.run.collect", subject="run_id")
def collect_run(*, run_id: str) -> None:
    """Freeze the data of a run."""
    _step(services.collect_run, run_id)


@shared_task(name="reports.prepare_run")
@records_refusals("reports.run.prepare", subject="run_id")
def prepare_run(*, run_id: str) -> None:
    """Lay out the pages of a run and ask for its seal."""
    _step(services.prepare_run, run_id)


@shared_task(name="reports.apply_seal")
@records_refusals("reports.run.seal", subject="request_id")
def apply_seal(*, request_id: str) -> None:
    """Take the signer's answer to a request for a seal."""
    run, result = selectors.waiting_run(request_id), hsm.result_of(request_id)
    release = selectors.waiting_release(request_id)
    if result is not None and release is not None:
        services.apply_release(release_id=release.pk, result=result, at=clock.now())
    if run is None or result is None:
        return
    if result.outcome != "SIGNED":
        services.fail_run(run_id=run.pk, reason=result.rule or "not_signed", at=clock.now())
        return
    signature = bytes.fromhex(result.signatures[0].signature)
    services.apply_signature(run_id=run.pk, signature=signature, at=clock.now())


@shared_task(name="reports.resume_runs")
def resume_runs() -> int:
    """Start lost steps again, and take seals whose wake-up was lost; return how many runs."""
    stale = list(selectors.stale_runs(at=clock.now()))
    for run in stale:
        if run.state == states.SEALING:
            enqueue_on_commit("reports.apply_seal", request_id=run.seal_request)
        else:
            enqueue_on_commit(NEXT_STEP[run.state], run_id=run.pk)
    asked = list(selectors.asked_releases())
    for release in asked:
        enqueue_on_commit("reports.apply_seal", request_id=release.request)
    return len(stale) + len(asked)


@shared_task(name="reports.export_made")
def export_made() -> int:
    """Write made scheduled reports into the export folder; return how many were complete."""
    runs = selectors.runs_to_export().values_list("pk", flat=True)
    return sum(services.export_run(run_id=run_id, at=clock.now()) for run_id in runs)


def _step(step: Callable[..., None], run_id: str) -> None:
    """Run a step; an error that trying again cannot heal gives the run up with its code."""
    at: datetime = clock.now()
    try:
        step(run_id=run_id, at=at)
    except UnavailableError:
        raise
    except CustodyError as error:
        services.fail_run(run_id=run_id, reason=error.code, at=at)
        raise
    except Exception:
        services.fail_run(run_id=run_id, reason="internal_error", at=at)
        raise

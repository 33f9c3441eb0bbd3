"""Buttons: make a report, try again, take the file and its proof away, make a deal's case file."""

from datetime import datetime

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.common.errors import UnavailableError
from custody.escrow.models import Deal
from custody.reports import states
from custody.reports.admin.forms import MakeReportForm, NothingForm
from custody.reports.identity import FILE as IDENTITY_FILE
from custody.reports.models import ReportRun
from custody.reports.proving import build_proof
from custody.reports.services import download_report, request_report, retry_run
from custody.reports.services.exports import PROOF_SUFFIX
from custody.web.admin import Deed, Fields, Next
from custody.web.downloads import download


def _make(officer: User, _record: object, fields: Fields, at: datetime) -> Next:
    run = request_report(actor=officer, report=fields["report"], about=fields["about"], at=at)
    return _to(run)


def _make_case_file(officer: User, deal: Deal, _fields: Fields, at: datetime) -> Next:
    return _to(request_report(actor=officer, report="R7", about=deal.pk, at=at))


def _to(run: ReportRun) -> Next:
    address = reverse("admin:reports_reportrun_change", args=[run.pk])
    return Next(_t("The report is being made; this takes less than a minute."), address)


def _retry(officer: User, run: ReportRun, _fields: Fields, at: datetime) -> str:
    retry_run(actor=officer, run_id=run.pk, at=at)
    return _t("The report is being made again.")


def _download(officer: User, run: ReportRun, _fields: Fields, at: datetime) -> HttpResponse:
    name, content = download_report(actor=officer, run_id=run.pk, at=at)
    return download(content, name, media_type="application/pdf")


def _prove(_officer: User, run: ReportRun, _fields: Fields, _at: datetime) -> HttpResponse:
    name = run.file_name.removesuffix(".pdf") + PROOF_SUFFIX
    return download(build_proof(run).to_bytes(), name, media_type="application/json")


def _identify(_officer: User, _run: ReportRun, _fields: Fields, _at: datetime) -> HttpResponse:
    try:
        content = (settings.SIGNER_PUBLIC_DIR / IDENTITY_FILE).read_bytes()
    except OSError:
        raise UnavailableError("the signer has not published keys and certificates") from None
    return download(content, IDENTITY_FILE, media_type="application/json")


def _has_failed(run: ReportRun) -> bool:
    return run.state == states.FAILED


def _is_made(run: ReportRun) -> bool:
    return run.state == states.MADE


MAKE = Deed[ReportRun](
    name="make",
    action="reports.run.request",
    label=_("Make a report now"),
    right=Right.MAKE_REPORT,
    form=MakeReportForm,
    perform=_make,
)
CASE_FILE = Deed[Deal](
    name="case-file",
    action="reports.run.request",
    label=_("Make the case file"),
    right=Right.MAKE_REPORT,
    form=NothingForm,
    perform=_make_case_file,
    explanation=_("A sealed PDF with everything that happened so far; earlier versions stay."),
)
RUN_DEEDS = (
    Deed[ReportRun](
        name="download",
        action="reports.run.download",
        label=_("Download the sealed PDF"),
        right=Right.VIEW_REPORT,
        form=NothingForm,
        perform=_download,
        applies=_is_made,
        explanation=_("Each download is recorded."),
    ),
    Deed[ReportRun](
        name="prove",
        action="reports.run.prove",
        label=_("Download the proof"),
        right=Right.VIEW_REPORT,
        form=NothingForm,
        perform=_prove,
        applies=_is_made,
        explanation=_("Shows anybody that exactly this file stands in the audit record."),
    ),
    Deed[ReportRun](
        name="identify",
        action="reports.run.identify",
        label=_("Download the signer's identity"),
        right=Right.VIEW_REPORT,
        form=NothingForm,
        perform=_identify,
        applies=_is_made,
        explanation=_(
            "The keys to check PDF and proof against, alone and without us: "
            "scripts/verify_report FILE.pdf --identity signer.json --proof FILE.proof.json"
        ),
    ),
    Deed[ReportRun](
        name="retry",
        action="reports.run.retry",
        label=_("Try again"),
        right=Right.MAKE_REPORT,
        form=NothingForm,
        perform=_retry,
        applies=_has_failed,
        explanation=_("The report is made again from the data of now."),
    ),
)

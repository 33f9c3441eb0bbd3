"""The release of a report on its page: who has approved what, and the buttons that lead to the seal."""

from datetime import datetime

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.common import clock
from custody.common.errors import RefusedError
from custody.hsm.refusal_words import in_words
from custody.reports import selectors, states
from custody.reports.admin.forms import NothingForm
from custody.reports.models import ReleaseApproval, ReportRelease, ReportRun
from custody.reports.proving import build_release_proof
from custody.reports.services import (
    ask_for_release,
    download_release,
    draft_release,
    hand_in_release_approval,
)
from custody.reports.services.exports import PROOF_SUFFIX
from custody.statements.handed import MAX_BYTES
from custody.statements.release import Release
from custody.web import links, show
from custody.web.admin import Deed, Fact, Fields, Section
from custody.web.downloads import download
from custody.web.forms import SmallFileField

STATES = {
    states.OPEN: (_("being approved"), show.WAITING),
    states.ASKED: (_("with the signer"), show.WAITING),
    states.RELEASED: (_("released"), show.GOOD),
    states.REJECTED: (_("rejected"), show.BAD),
    states.EXPIRED: (_("expired"), show.NEUTRAL),
}
_NOTE = _(
    "Each is proved by a credential that the signer publishes. Whether the people may release, the signer"
    " decides: it wants two of compliance and officers."
)


class ReleaseApprovalForm(forms.Form):
    """The file that ``approve`` wrote."""

    approval = SmallFileField(limit=MAX_BYTES, label=_("File of “approve”"), help_text=_("At most 16 KiB."))


def release_sections(run: ReportRun) -> list[Section]:
    """Where the newest release stands; nothing before the first."""
    release = selectors.last_release(run)
    if release is None:
        return []
    document = Release.from_bytes(bytes(release.body))
    facts = [
        Fact(_("State"), show.status(*STATES[release.state])),
        # The two numbers that the program “approve” shows, in its words.
        Fact(_("File (SHA-256 of the sealed range)"), show.grouped(document.digest, copy=True)),
        Fact(_("Machine-readable twin (SHA-256)"), show.grouped(document.twin, copy=True)),
        Fact(_("Hash of the release"), show.grouped(release.hash, copy=True)),
        Fact(_("To be sealed until"), show.moment(release.expires_at)),
        *_answer(release),
    ]
    return [Section(_("Release"), facts=facts), _approvals(release)]


def _answer(release: ReportRelease) -> list[Fact]:
    facts = [Fact(_("Request to the signer"), links.to_record(release.request))] if release.request else []
    if release.rule:
        facts += [
            Fact(_("The signer refused"), in_words(release.rule)),
            Fact(_("Rule"), show.code(release.rule)),
            Fact(_("Culprit in the request"), show.code(release.culprit)),
        ]
    if release.released_at:
        facts += [
            Fact(_("Released"), show.moment(release.released_at)),
            Fact(_("SHA-256 of the released file"), show.grouped(release.file_sha256, copy=True)),
        ]
    return facts


def _approvals(release: ReportRelease) -> Section:
    rows = list(release.approvals.order_by("pk"))
    names = {user.person: user.name for user in User.objects.filter(person__in=[row.person for row in rows])}
    shown = [
        [
            show.lines([names.get(row.person, ""), show.code(row.person)]),
            _verdict(row),
            show.moment(row.handed_in_at),
            show.moment(row.expires_at),
        ]
        for row in rows
    ]
    columns = (_("Person"), _("Says"), _("Handed in"), _("Counts until"))
    return Section(_("Approvals"), columns=columns, rows=shown, note=_NOTE if rows else "")


def _verdict(row: ReleaseApproval) -> object:
    if row.expires_at <= clock.now():
        return show.status(_("expired"), show.NEUTRAL)
    is_approval = row.verdict == "APPROVE"
    return show.status(_("approves") if is_approval else _("rejects"), show.GOOD if is_approval else show.BAD)


def _draft(officer: User, run: ReportRun, _fields: Fields, at: datetime) -> str:
    draft_release(actor=officer, run_id=run.pk, at=at)
    return _t("Two people sign the release with “approve”; bring their files here.")


def _take(_officer: User, run: ReportRun, _fields: Fields, _at: datetime) -> HttpResponse:
    release = run.releases.filter(state=states.OPEN).first()
    if release is None:
        raise RefusedError("this report has no release", code="wrong_state")
    name = f"{run.file_name.removesuffix('.pdf')}-release.json"
    return download(bytes(release.body), name, media_type="application/json")


def _bring(officer: User, run: ReportRun, fields: Fields, at: datetime) -> str:
    row = hand_in_release_approval(actor=officer, run_id=run.pk, data=fields["approval"].read(), at=at)
    if row.verdict == "REJECT":
        return _t("A rejection is here; it has ended the release.")
    return _t("The approval is here; whether it suffices, the signer decides.")


def _ask(officer: User, run: ReportRun, _fields: Fields, at: datetime) -> str:
    ask_for_release(actor=officer, run_id=run.pk, at=at)
    return _t("Handed to the signer; it answers within seconds.")


def _download(officer: User, run: ReportRun, _fields: Fields, at: datetime) -> HttpResponse:
    name, content = download_release(actor=officer, run_id=run.pk, at=at)
    return download(content, name, media_type="application/pdf")


def _prove(_officer: User, run: ReportRun, _fields: Fields, _at: datetime) -> HttpResponse:
    name = run.released_name.removesuffix(".pdf") + PROOF_SUFFIX
    return download(build_release_proof(run).to_bytes(), name, media_type="application/json")


def _state_of(run: ReportRun) -> str:
    release = selectors.last_release(run)
    return release.state if release else ""


def _is_over(run: ReportRun) -> bool:
    release = selectors.last_release(run)
    return release is not None and release.state == states.OPEN and release.expires_at <= clock.now()


def _may_begin(run: ReportRun) -> bool:
    return run.state == states.MADE and (_state_of(run) not in states.STANDING or _is_over(run))


def _is_open(run: ReportRun) -> bool:
    return _state_of(run) == states.OPEN and not _is_over(run)


def _is_released(run: ReportRun) -> bool:
    return _state_of(run) == states.RELEASED


RELEASE_DEEDS = (
    Deed[ReportRun](
        name="release",
        action="reports.run.draft_release",
        label=_("Have it released"),
        right=Right.MAKE_REPORT,
        form=NothingForm,
        perform=_draft,
        applies=_may_begin,
        explanation=_("Two people approve exactly this file; its seal then says RELEASED."),
    ),
    Deed[ReportRun](
        name="take-release",
        action="reports.run.take_release",
        label=_("Download the release to sign"),
        right=Right.VIEW_REPORT,
        form=NothingForm,
        perform=_take,
        applies=_is_open,
        explanation=_(
            "Read the sealed PDF first, check with scripts/verify_report FILE.pdf --identity signer.json"
            " --release FILE that the release is of it, then sign: scripts/approve sign FILE."
        ),
    ),
    Deed[ReportRun](
        name="approve-release",
        action="reports.run.approve_release",
        label=_("Bring an approval"),
        right=Right.MAKE_REPORT,
        form=ReleaseApprovalForm,
        perform=_bring,
        applies=_is_open,
        explanation=_("Anybody's approval of exactly this release, proved by a credential the signer knows."),
    ),
    Deed[ReportRun](
        name="ask-release",
        action="reports.run.ask_release",
        label=_("Hand to the signer"),
        right=Right.MAKE_REPORT,
        form=NothingForm,
        perform=_ask,
        applies=_is_open,
        explanation=_(
            "With all approvals that still count. When too few are there, it refuses and you go on."
        ),
    ),
    Deed[ReportRun](
        name="download-release",
        action="reports.run.download",
        label=_("Download the released PDF"),
        right=Right.VIEW_REPORT,
        form=NothingForm,
        perform=_download,
        applies=_is_released,
        explanation=_("Each download is recorded."),
    ),
    Deed[ReportRun](
        name="prove-release",
        action="reports.run.prove",
        label=_("Download the proof of the release"),
        right=Right.VIEW_REPORT,
        form=NothingForm,
        perform=_prove,
        applies=_is_released,
        explanation=_("Shows anybody that exactly the released file stands in the audit record."),
    ),
)

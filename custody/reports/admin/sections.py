"""How a report run looks: its state in words, its facts, its files."""

from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.reports import schedule, states
from custody.reports.catalogue import find_definition
from custody.reports.models import ReportRun
from custody.web import links, show
from custody.web.admin import Fact, Section

_SHOWN = {
    states.DUE: (_("requested"), show.WAITING),
    states.RENDERING: (_("pages are laid out"), show.WAITING),
    states.SEALING: (_("waits for the seal"), show.WAITING),
    states.MADE: (_("made"), show.GOOD),
    states.FAILED: (_("failed"), show.BAD),
}


def run_state(run: ReportRun) -> SafeString:
    """State with sign and word; an incomplete report says so."""
    if run.state == states.MADE and not run.is_complete:
        released = _t("made and released, incomplete: the month was running")
        word = released if run.is_released else _t("made, incomplete: the month was running")
        return show.status(word, show.WARNING)
    if run.is_released:
        return show.status(_t("made and released"), show.GOOD)
    return show.status(*_SHOWN[run.state])


def schedule_rows(*, at: datetime) -> list[tuple[str, SafeString, SafeString]]:
    """Report, month and state of the newest months of the schedule."""
    rows = []
    for item in schedule.overview(at=at):
        state = run_state(item.run) if item.run else show.status(_t("due"), show.WAITING)
        address = links.address_of(item.run.pk) if item.run else ""
        month = show.code(str(item.month))
        rows.append((item.report, show.link(address, month) if address else month, state))
    return rows


def run_sections(run: ReportRun) -> list[Section]:
    """What is known of the run, its file and its hashes."""
    about = Section(
        title=_t("Report"),
        facts=[
            Fact(_t("Report"), f"{run.report} {find_definition(run.report).title}"),
            Fact(_t("About"), links.to_record(run.subject) if run.subject else show.code(run.period)),
            Fact(_t("Version"), run.version),
            Fact(_t("Made by"), _maker(run)),
            Fact(_t("Requested"), show.moment(run.requested_at)),
            Fact(_t("Made"), show.moment(run.made_at)),
            *_failure(run),
        ],
    )
    return [about, *([_files(run)] if run.state == states.MADE else [])]


def _maker(run: ReportRun) -> str:
    """Who asked for it: a person by name, the schedule, or a program without an account."""
    if run.requested_by is not None:
        return run.requested_by.get_full_name()
    return _t("schedule") if run.is_scheduled else _t("command at the console")


def _failure(run: ReportRun) -> list[Fact]:
    return [Fact(_t("Failed because of"), show.code(run.failure))] if run.failure else []


def _files(run: ReportRun) -> Section:
    exported = [Fact(_t("In the export folder since"), show.moment(run.exported_at))]
    return Section(
        title=_t("File"),
        note=_t("Sealed with the DRAFT certificate: made by the machine, released by nobody yet.")
        if not run.is_released
        else _t("Sealed with the DRAFT certificate; the same file was released, see below."),
        facts=[
            Fact(_t("Name"), show.code(run.file_name)),
            Fact(_t("SHA-256 of the file"), show.grouped(run.file_sha256, copy=True)),
            Fact(_t("SHA-256 of the data"), show.grouped(run.twin_sha256, copy=True)),
            *(exported if run.is_scheduled else []),
        ],
    )

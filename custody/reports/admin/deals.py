"""What the page of a deal gets from the reports: a button for the case file, and those there are."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from custody.escrow.models import Deal
from custody.reports import selectors
from custody.reports.admin.deeds import CASE_FILE
from custody.reports.admin.sections import run_state
from custody.web import links, show
from custody.web.admin import Section, hand_down


def case_files(deal: Deal) -> Sequence[Section]:
    """One section with all case files of the deal, none before the first."""
    runs = selectors.runs_about(deal.pk)
    rows = [
        (links.to_record(run.pk), run.version, run_state(run), show.moment(run.requested_at)) for run in runs
    ]
    columns = (_("Case file"), _("Version"), _("State"), _("Requested"))
    return [Section(title=_("Case files"), columns=columns, rows=rows)] if rows else []


def hand_down_case_files() -> None:
    """Put button and section on the page of a deal, which knows no reports."""
    hand_down("escrow.Deal", deeds=(CASE_FILE,), sections=case_files)

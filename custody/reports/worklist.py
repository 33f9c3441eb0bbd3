"""What waits about reports: failed runs, and months whose report is not made yet."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.reports import schedule, selectors
from custody.web.worklist import LIMIT, Row, Source, register


def _failed(user: User, _at: datetime) -> Iterator[Row]:
    for run in selectors.failed_runs()[:LIMIT]:
        yield Row(
            what=_t("Try again: %(file)s") % {"file": run.file_name.removesuffix(".pdf")},
            about=run.failure,
            since=run.requested_at,
            url=reverse("admin:reports_reportrun_change", args=[run.pk]),
            who=_t("Compliance officer"),
            blocked="" if user.has_right(Right.MAKE_REPORT) else _t("Your roles do not make reports."),
        )


def _due(_user: User, at: datetime) -> Iterator[Row]:
    for item in schedule.overview(at=at):
        if item.run is None:
            yield Row(
                what=_t("Monthly report is due: %(report)s") % {"report": item.report},
                about=str(item.month),
                since=item.month.end,
                url=reverse("admin:reports_reportrun_changelist"),
                who=_t("The schedule, within a minute"),
                blocked=_t("Made by itself."),
            )


register(Source(page="reports.ReportRun", title=_("Failed reports"), right=Right.VIEW_REPORT, rows=_failed))
register(Source(page="reports.ReportRun", title=_("Due reports"), right=Right.VIEW_REPORT, rows=_due))

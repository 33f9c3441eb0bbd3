"""Report runs: the schedule, what is made and failed, each run with its files."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.common import clock
from custody.reports import states
from custody.reports.admin.deeds import MAKE, RUN_DEEDS
from custody.reports.admin.releases import RELEASE_DEEDS, release_sections
from custody.reports.admin.sections import run_sections, run_state, schedule_rows
from custody.reports.models import ReportRun
from custody.web import links, show
from custody.web.admin import RecordAdmin, Section, titled

REFRESH_SECONDS = 4
# After that something is wrong, and a page left open must not go on asking.
WATCHED_FOR = timedelta(minutes=10)


@admin.register(ReportRun)
class ReportRunAdmin(RecordAdmin[ReportRun]):
    view_right = "view_report"
    work, place, icon, prefix = "reports", 1, "description", "run"
    begin, deeds = MAKE, (*RUN_DEEDS, *RELEASE_DEEDS)
    list_before_template = "admin/reports/schedule.html"
    list_display = ("file", "about", "status", "requested")
    list_filter = (
        ("report", titled(_("report"))),
        ("state", titled(_("state"))),
        ("is_scheduled", titled(_("by schedule"))),
    )
    search_fields = ("=id", "=period", "=subject", "=file_sha256")
    ordering = ("-requested_at", "-id")

    def get_queryset(self, request: HttpRequest) -> Any:  # noqa: ANN401 - Django's signature
        return super().get_queryset(request).prefetch_related("releases")

    @admin.display(description=_("report"), ordering="report")
    def file(self, run: ReportRun) -> str:
        return run.file_name.removesuffix(".pdf")

    @admin.display(description=_("about"))
    def about(self, run: ReportRun) -> SafeString:
        return links.to_record(run.subject) if run.subject else show.code(run.period)

    @admin.display(description=_("state"), ordering="state")
    def status(self, run: ReportRun) -> SafeString:
        return run_state(run)

    @admin.display(description=_("requested"), ordering="requested_at")
    def requested(self, run: ReportRun) -> SafeString:
        return show.moment(run.requested_at)

    def heading(self, record: ReportRun) -> str:
        return record.file_name.removesuffix(".pdf")

    def state(self, record: ReportRun) -> SafeString:
        return run_state(record)

    def sections(self, request: HttpRequest, record: ReportRun) -> list[Section]:
        return [*run_sections(record), *release_sections(record)]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page, which loads itself again while the report is being made."""
        answer = super().change_view(request, object_id, form_url, extra_context)
        run = self._record(request, object_id)
        is_young = clock.now() - run.requested_at < WATCHED_FOR
        is_made_now = is_young and run.state in (states.DUE, states.RENDERING, states.SEALING)
        if is_made_now or run.releases.filter(state=states.ASKED).exists():
            answer["Refresh"] = str(REFRESH_SECONDS)
        return answer

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"schedule": schedule_rows(at=clock.now()), **(extra_context or {})}
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

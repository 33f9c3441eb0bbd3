"""Screenings: the proof that somebody was looked up, in which lists, with what result."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.compliance.models import Screening
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section, column, titled


@admin.register(Screening)
class ScreeningAdmin(RecordAdmin[Screening]):
    view_right = "view_screening"
    work, place, icon, prefix = "compliance", 3, "person_search", "scr"
    list_display = ("screened", "about", "why", "what", "outcome")
    list_filter = (
        ("result", titled(_("result"))),
        ("purpose", titled(_("purpose"))),
        ("matched", titled(_("looked up"))),
        ("screened_at", titled(_("screened"))),
    )
    why, what = column("purpose", _("purpose")), column("matched", _("looked up"))
    search_fields = ("=id", "=subject")
    ordering = ("-screened_at", "-id")

    @admin.display(description=_("screened"), ordering="screened_at")
    def screened(self, screening: Screening) -> SafeString:
        return show.moment(screening.screened_at)

    @admin.display(description=_("for"))
    def about(self, screening: Screening) -> SafeString:
        return links.to_record(screening.subject)

    @admin.display(description=_("result"), ordering="result")
    def outcome(self, screening: Screening) -> SafeString:
        is_clear = screening.result == Screening.Result.CLEAR
        return show.status(screening.get_result_display(), show.GOOD if is_clear else show.BAD)

    def state(self, record: Screening) -> SafeString:
        return self.outcome(record)

    def sections(self, request: HttpRequest, record: Screening) -> list[Section]:
        facts = [
            Fact(_("For"), links.to_record(record.subject)),
            Fact(_("Purpose"), show.code(record.purpose)),
            Fact(_("Looked up"), show.lines(record.query.splitlines())),
            Fact(_("Method"), show.code(record.method)),
            Fact(_("Hits"), _records(record.hits)),
            Fact(_("Settled before as false positives"), _records(record.settled)),
            Fact(_("Screened"), show.moment(record.screened_at)),
            Fact(_("By"), show.code(record.actor)),
        ]
        rows = [
            [row["source"].upper(), row["version"], row["list_date"], show.grouped(row["sha256"])]
            for row in record.lists
        ]
        columns = (_("List"), _("Version"), _("Date"), _("SHA-256"))
        return [
            Section(_("Screening"), facts=facts),
            Section(_("Lists used"), columns=columns, rows=rows),
        ]


def _records(ids: Iterable[str]) -> SafeString:
    return show.lines([links.to_record(record_id) for record_id in ids])

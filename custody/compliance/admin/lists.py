"""Sanctions lists: versions imported, which one is in use, how old it is."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.compliance.models import SanctionsList
from custody.web import show
from custody.web.admin import Fact, RecordAdmin, Section, column, titled


@admin.register(SanctionsList)
class SanctionsListAdmin(RecordAdmin[SanctionsList]):
    view_right = "view_screening"
    work, place, icon = "compliance", 4, "list_alt"
    list_display = ("name", "in_use", "dated", "all_parties", "all_names", "all_addresses", "imported")
    list_filter = (("source", titled(_("list"))),)
    dated, all_parties = column("list_date", _("date of the list")), column("parties", _("parties"))
    all_names, all_addresses = column("names", _("names")), column("addresses", _("addresses"))
    ordering = ("-imported_at", "-pk")
    list_select_related = ("active",)

    @admin.display(description=_("list"))
    def name(self, version: SanctionsList) -> str:
        return f"{version.source.upper()} {version.version}"

    @admin.display(description=_("state"))
    def in_use(self, version: SanctionsList) -> SafeString:
        if hasattr(version, "active"):
            return show.status(_("in use"), show.GOOD)
        return show.status(_("replaced"), show.NEUTRAL)

    @admin.display(description=_("imported"), ordering="imported_at")
    def imported(self, version: SanctionsList) -> SafeString:
        return show.moment(version.imported_at)

    def heading(self, record: SanctionsList) -> str:
        return self.name(record)

    def state(self, record: SanctionsList) -> SafeString:
        return self.in_use(record)

    def subjects(self, record: SanctionsList) -> list[str]:
        return [f"list:{record.source}:{record.version}"]

    def sections(self, request: HttpRequest, record: SanctionsList) -> list[Section]:
        facts = [
            Fact(_("Date of the publisher"), show.day(record.list_date)),
            Fact(_("SHA-256 of the file"), show.grouped(record.sha256, copy=True)),
            Fact(_("Parties"), record.parties),
            Fact(_("Names"), record.names),
            Fact(_("of these weak aliases"), record.weak_names),
            Fact(_("Addresses"), record.addresses),
            Fact(_("Imported"), show.moment(record.imported_at)),
        ]
        return [Section(_("Version of the list"), facts=facts)]

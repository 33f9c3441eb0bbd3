"""Clients and who acts for them."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import Client
from custody.accounts.roles import Right
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section


@admin.register(Client)
class ClientAdmin(RecordAdmin[Client]):
    view_right = Right.VIEW_CLIENT
    work, place, icon, prefix = "people", 2, "domain", "cli"
    list_display = ("shown_name", "id", "members", "opened")
    search_fields = ("=id",)
    ordering = ("-created_at", "-id")

    @admin.display(description=_("name"))
    def shown_name(self, client: Client) -> str:
        return client.name

    @admin.display(description=_("people"))
    def members(self, client: Client) -> int:
        return client.memberships.count()

    @admin.display(description=_("opened"), ordering="created_at")
    def opened(self, client: Client) -> SafeString:
        return show.moment(client.created_at)

    def heading(self, record: Client) -> str:
        return record.name

    def sections(self, request: HttpRequest, record: Client) -> list[Section]:
        facts = [
            Fact(_("Name"), record.name),
            Fact(_("Id"), show.code(record.pk)),
            Fact(_("Opened"), show.moment(record.created_at)),
        ]
        rows = [
            [
                row.user.name,
                links.to_record(row.user_id),
                row.get_role_display(),
                show.moment(row.created_at),
            ]
            for row in record.memberships.select_related("user").order_by("created_at", "pk")
        ]
        columns = (_("Name"), _("Id"), _("Role"), _("Since"))
        return [Section(_("Client"), facts=facts), Section(_("People"), columns=columns, rows=rows)]

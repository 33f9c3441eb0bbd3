"""Holds: what stands still, since when, because of which hit. They end with the hit only."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.compliance.models import Hold
from custody.web import links, show
from custody.web.admin import ReadOnlyAdmin


class StandingFilter(admin.EmptyFieldListFilter):
    """Holds that stand, and those that ended."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.title = _("state")

    def choices(self, changelist: Any) -> Iterator[Any]:  # noqa: ANN401 - Django's signature
        for choice, word in zip(
            super().choices(changelist), (_("All"), _("stands"), _("ended")), strict=True
        ):
            yield {**choice, "display": word}


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    view_right = "view_screening"
    work, place, icon = "compliance", 2, "front_hand"
    list_display = ("about", "because", "state", "placed", "ended")
    list_display_links = None
    list_filter = (("ended_at", StandingFilter),)
    search_fields = ("=subject", "=hit__id")
    ordering = ("-placed_at", "-pk")
    list_select_related = ("hit",)

    @admin.display(description=_("for"))
    def about(self, hold: Hold) -> SafeString:
        return links.to_record(hold.subject)

    @admin.display(description=_("because of"))
    def because(self, hold: Hold) -> SafeString:
        return show.link(links.address_of(hold.hit_id), hold.hit.listed)

    @admin.display(description=_("state"))
    def state(self, hold: Hold) -> SafeString:
        return show.status(_("ended"), show.GOOD) if hold.ended_at else show.status(_("stands"), show.BAD)

    @admin.display(description=_("since"), ordering="placed_at")
    def placed(self, hold: Hold) -> SafeString:
        return show.moment(hold.placed_at)

    @admin.display(description=_("ended"), ordering="ended_at")
    def ended(self, hold: Hold) -> SafeString:
        return show.moment(hold.ended_at)

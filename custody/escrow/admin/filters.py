"""Filters of the list of deals."""

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from custody.escrow.models import Deal
from custody.escrow.states import State
from custody.escrow.words import STATES


class StateFilter(SimpleListFilter):
    """By state, in words."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str | Promise]]:
        return [(state.value, word) for state, (word, _tone) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Deal]) -> QuerySet[Deal]:
        return queryset.filter(state=self.value()) if self.value() in set(State) else queryset


class HeldFilter(SimpleListFilter):
    """Deals that compliance stops; relies on ``mark_held``."""

    title = _("hold")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str | Promise]]:
        return [("yes", _("held")), ("no", _("no hold"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Deal]) -> QuerySet[Deal]:
        wanted = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(is_stopped=wanted)

"""Filters of the list of deals."""

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.escrow.due import only_free, only_held
from custody.escrow.models import Deal
from custody.escrow.states import State
from custody.escrow.words import state_word


class StateFilter(SimpleListFilter):
    """By state, in words."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(state.value, state_word(state)) for state in State]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Deal]) -> QuerySet[Deal]:
        return queryset.filter(state=self.value()) if self.value() in set(State) else queryset


class HeldFilter(SimpleListFilter):
    """Deals that compliance stops, or those it does not."""

    title = _("hold")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", _t("held")), ("no", _t("no hold"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Deal]) -> QuerySet[Deal]:
        narrow = {"yes": only_held, "no": only_free}.get(self.value() or "")
        return narrow(queryset) if narrow else queryset

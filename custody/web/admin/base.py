"""Base of the admin pages: everything is shown, nothing is edited.

Whether a page opens is asked of the person's roles by the codename in ``view_right``; Django's own
add, change and delete permissions are never consulted, because no page adds, changes or deletes.
"""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from unfold.admin import ModelAdmin
from unfold.views import ChangeList


class RecordList(ChangeList):  # type: ignore[misc]
    """A list that only its own filters narrow, and whose links carry ids as they are.

    Django would take any column for a filter and so answer questions about values that no page shows;
    it would also write "_" in links as "_5F".
    """

    def get_filters(self, request: HttpRequest) -> tuple[Any, bool, dict[str, Any], bool, bool]:
        found: tuple[Any, bool, dict[str, Any], bool, bool] = super().get_filters(request)
        unclaimed = found[2]
        if unclaimed:
            raise IncorrectLookupParameters(*unclaimed)
        return found

    def url_for_result(self, result: Model) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[result.pk])


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Admin without add, change and delete.

    ``work``, ``place`` and ``icon`` are the sidebar's; ``prefix`` is that of the records' ids, by
    which other pages find this one (custody.web.links).
    """

    view_right = ""
    work = ""
    place = 0
    icon = "article"
    prefix = ""
    actions = None
    list_per_page = 50
    show_full_result_count = False
    list_filter_sheet = False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[RecordList]:
        return RecordList

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        right = f"{self.opts.app_label}.{self.view_right}"
        return bool(request.user.has_perm(right))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Django's history knows edits only; ours is the audit record."""
        return HttpResponseRedirect(reverse("admin:audit_auditentry_changelist") + f"?q={object_id}")

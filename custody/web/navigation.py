"""The sidebar of the back office: pages by kind of work, not by application.

Each admin page says in ``work`` where it belongs and in ``place`` at which position; a page
without ``work`` is reached by links only. Counts are the things this person may act on now.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from custody.web import worklist

WORK = {
    "escrow": _("Escrow"),
    "compliance": _("Compliance"),
    "keys": _("Keys and signing"),
    "reports": _("Reports"),
    "audit": _("Audit"),
    "people": _("People"),
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups with the pages this person may see; groups without any are left out."""
    counts = worklist.mine(request)
    home = _item(_("What is due"), reverse("admin:index"), "checklist", sum(counts.values()))
    groups: list[dict[str, Any]] = [{"items": [home]}]
    for work, title in WORK.items():
        items = [_page_item(page, counts) for page in _pages(request, work)]
        if items:
            groups.append({"title": title, "items": items})
    return groups


def _pages(request: HttpRequest, work: str) -> Iterator[Any]:
    pages = [page for page in admin.site._registry.values() if getattr(page, "work", "") == work]
    for page in sorted(pages, key=lambda page: page.place):  # type: ignore[attr-defined]
        if page.has_view_permission(request):
            yield page


def _page_item(page: Any, counts: dict[str, int]) -> dict[str, Any]:  # noqa: ANN401 - a ReadOnlyAdmin
    options = page.model._meta
    address = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    return _item(capfirst(options.verbose_name_plural), address, page.icon, counts.get(options.label, 0))


def _item(title: object, link: str, icon: str, count: int) -> dict[str, Any]:
    item: dict[str, Any] = {"title": title, "link": link, "icon": icon}
    # Unfold takes a text for the dotted name of a function, and shows anything else as it is.
    return {**item, "badge": count, "badge_variant": "primary"} if count else item

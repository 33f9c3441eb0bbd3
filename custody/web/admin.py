"""Base of the admin pages: everything is shown, nothing is edited; buttons call services."""

import functools
from collections.abc import Callable

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.admin import ModelAdmin

from custody.common.errors import CustodyError
from custody.web.refusals import actor_of, recording

View = Callable[..., HttpResponse]


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Admin without add, change and delete; subclasses add buttons that call one service each."""

    actions = None
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def button(action: str) -> Callable[[View], View]:
    """Decorate an admin action: a refusal is recorded under ``action`` and shown as message."""

    def decorate(method: View) -> View:
        @functools.wraps(method)
        def wrapper(self: object, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
            subject = kwargs.get("object_id", args[0] if args else "")
            try:
                with recording(action=action, actor=actor_of((request,)), subject=str(subject)):
                    return method(self, request, *args, **kwargs)
            except CustodyError as error:
                messages.error(request, f"{error.detail} ({error.code})")
                return HttpResponseRedirect(_back(request))

        return wrapper

    return decorate


def _back(request: HttpRequest) -> str:
    """Return the page the request came from when it is ours, else the admin's home."""
    source = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(source, {request.get_host()}, require_https=request.is_secure()):
        return source
    return "/admin/"

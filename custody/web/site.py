"""The back office as one site: who may enter it, and the few pages that Django brings with it.

Log-in, log-out and change of password are those of the accounts application: a password typed
into a stock page would bypass lock-out, step-up and record.
"""

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from custody.common import clock
from custody.common.errors import ForbiddenError
from custody.web import worklist
from custody.web.frame import frame_of


class BackofficeSite(UnfoldAdminSite):  # type: ignore[misc]
    """Staff with a verified second factor, and nobody else."""

    index_title = _("What is due")
    enable_nav_sidebar = True

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        # Unfold's language buttons come back to this address.
        frame = frame_of(request) if self.has_permission(request) else {}
        return {**super().each_context(request), **frame, "redirect_to": request.get_full_path()}

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.is_active and user.is_staff and user.is_verified())

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send people to the two-step log-in; who is logged in and still not let in is refused."""
        wanted = _safe_next(request)
        if self.has_permission(request):
            return HttpResponseRedirect(wanted)
        if request.user.is_authenticated:
            raise ForbiddenError("your account does not open the back office", code="not_staff")
        return redirect_to_login(wanted)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "POST":
            logout(request)
        return HttpResponseRedirect(resolve_url("accounts:login"))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The accounts application changes passwords, with a fresh code."""
        return HttpResponseRedirect(resolve_url("accounts:password"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The home page: what is due, not which tables there are."""
        now = clock.now()
        context = {"worklist": worklist.due(request), "now": now, **(extra_context or {})}
        response: HttpResponse = super().index(request, context)
        return response


def _safe_next(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return resolve_url("admin:index")

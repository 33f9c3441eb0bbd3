"""Middleware of every web process: error pages, caches, null bytes, the admin's content security policy."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from custody.common.errors import CustodyError, InvalidInputError
from custody.web import links
from custody.web.problems import error_page
from custody.web.refusals import actor_of, record_refusal

# Unfold's Alpine.js evaluates expressions, and its charts and editors set inline styles.
ADMIN_POLICY = {
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}


class AdminPolicyMiddleware:
    """Relaxes the policy under /admin/ and nowhere else; must stand below CSPMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith("/admin/"):
            response._csp_update = ADMIN_POLICY  # type: ignore[attr-defined]
        return response


class LinksMiddleware:
    """Ids on pages are links for those who may open them; must stand below who knows the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with links.answering(request):
            return self.get_response(request)


class NoStoreMiddleware:
    """Everything but static files is for one reader: no cache keeps what says nothing of caching."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class NullByteMiddleware:
    """Refuses a zero byte in address, query and cookies, which PostgreSQL keeps in no text.

    Forms and serializers refuse it themselves. Must stand above whatever asks the database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = (text for name, values in request.GET.lists() for text in (name, *values))
        if any("\0" in text for text in (request.path_info, *asked, *request.COOKIES.values())):
            return error_page(request, InvalidInputError("a null byte cannot stand here", code="null_byte"))
        return self.get_response(request)


class ErrorPageMiddleware:
    """Answers a CustodyError of any view with its page, and records it if no wrapper has."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, CustodyError):
            return None
        match = request.resolver_match
        name = (match.view_name if match else "").replace(":", ".").replace("-", "_").lower()
        subject = str(next(iter(match.kwargs.values()), "")) if match else ""
        record_refusal(exception, action=f"web.{name or 'page'}", actor=actor_of((request,)), subject=subject)
        return error_page(request, exception)

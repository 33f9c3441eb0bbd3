"""No page without a verified second factor and a password of one's own; and the language of the pages."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation

from custody.accounts.models import Authenticator

API_PREFIX = "/api/"


class SecondFactorMiddleware:
    """Sends everybody to the next step of the log-in until a code was verified.

    Who still has the password that somebody issued gets the page that changes it. Views marked by
    ``without_second_factor`` are open. The API knows no sessions: its tokens are issued against a
    code (custody.api.token). Must stand below OTPMiddleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        is_open = getattr(view, "needs_no_second_factor", False) or request.path_info.startswith(API_PREFIX)
        if is_open or _is_through(request):
            return None
        return _to_page(request, f"{_next_step(request)}?{urlencode({'next': request.get_full_path()})}")


class LanguageMiddleware:
    """German unless the browser or the person chose otherwise; must stand below OTPMiddleware.

    What the browser prefers is not asked: contracts and reports are German, so that is the start.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = _language(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def _is_through(request: HttpRequest) -> bool:
    if not request.user.is_verified():  # type: ignore[union-attr]
        return False
    has_own_password = not getattr(request.user, "has_issued_password", True)
    return has_own_password or request.path_info == reverse("accounts:password")


def _language(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) or getattr(request.user, "language", "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _next_step(request: HttpRequest) -> str:
    if isinstance(request.user, AnonymousUser):
        return reverse("accounts:login")
    enrolled = Authenticator.objects.filter(user_id=request.user.pk, confirmed=True).exists()
    if request.user.is_verified():  # type: ignore[attr-defined]
        return reverse("accounts:password")
    return reverse("accounts:code" if enrolled else "accounts:enrol")


def _to_page(request: HttpRequest, address: str) -> HttpResponse:
    """Redirect; a live part of a page asks the browser to leave the whole page."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("accounts:login")})
    return HttpResponseRedirect(address)

"""Log-in in two steps, enrolment of the second factor, log-out, language."""

from collections.abc import Callable
from typing import cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from custody.accounts import otp, sessions
from custody.accounts.exempt import without_second_factor
from custody.accounts.forms import CodeForm, NewPasswordForm, PasswordForm
from custody.accounts.lockout import authenticate_password
from custody.accounts.models import Authenticator, User
from custody.accounts.services import change_password, set_language
from custody.audit.services import record
from custody.common import clock
from custody.common.errors import CustodyError
from custody.web.qr import qr_data_image
from custody.web.refusals import actor_of, recording


@without_second_factor
@never_cache
@sensitive_post_parameters()
def log_in(request: HttpRequest) -> HttpResponse:
    """First step: e-mail and password."""
    form = PasswordForm(request.POST or None)

    def act() -> str:
        fields = form.cleaned_data
        user = authenticate_password(request, email=fields["email"], password=fields["password"])
        sessions.begin(request, user)
        return _step(request, "code" if _has_factor(user) else "enrol")

    if done := _submit(request, form, action="accounts.login.password", act=act):
        return done
    return _page(request, "accounts/login.html", form)


@without_second_factor
@never_cache
@sensitive_post_parameters()
def enter_code(request: HttpRequest) -> HttpResponse:
    """Second step: the code."""
    user = request.user
    if not isinstance(user, User):
        return HttpResponseRedirect(_step(request, "login"))
    if not _has_factor(user):
        return HttpResponseRedirect(_step(request, "enrol"))
    form = CodeForm(request.POST or None)

    def act() -> str:
        otp.require_fresh_totp(user, form.cleaned_data["token"], clock.now())
        return _finish(request, user, user.authenticator)

    if done := _submit(request, form, action="accounts.login.code", act=act):
        return done
    return _page(request, "accounts/code.html", form)


@without_second_factor
@never_cache
@sensitive_post_parameters()
def enrol(request: HttpRequest) -> HttpResponse:
    """Second step of the first log-in: show the key, take the first code."""
    user = request.user
    if not isinstance(user, User):
        return HttpResponseRedirect(_step(request, "login"))
    if _has_factor(user):
        return HttpResponseRedirect(_step(request, "code"))
    form = CodeForm(request.POST or None)

    def act() -> str:
        device = otp.confirm_enrolment(user=user, token=form.cleaned_data["token"], at=clock.now())
        return _finish(request, user, device)

    if done := _submit(request, form, action="accounts.second_factor.enrol", act=act):
        return done
    enrolling = otp.start_enrolment(user=user).user
    qr = qr_data_image(otp.enrolment_uri(enrolling))
    return _page(request, "accounts/enrol.html", form, qr=qr, key=otp.shown_key(enrolling))


@never_cache
@sensitive_post_parameters()
def new_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; this session goes on, others end."""
    user = cast(User, request.user)
    form = NewPasswordForm(request.POST or None)

    def act() -> str:
        at, fields = clock.now(), form.cleaned_data
        factor = otp.require_fresh_totp(user, fields["token"], at)
        change_password(
            actor=user,
            old_password=fields["old_password"],
            new_password=fields["new_password"],
            factor=factor,
            at=at,
        )
        update_session_auth_hash(request, User.objects.get(pk=user.pk))
        messages.success(request, _("The password was changed."))
        return _safe_next(request)

    if done := _submit(request, form, action="accounts.password.change", act=act):
        return done
    return _page(request, "accounts/password.html", form)


@without_second_factor
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return HttpResponseRedirect(reverse(settings.LOGOUT_REDIRECT_URL))


@without_second_factor
@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in a cookie and, for people logged in, with the person."""
    language = request.POST.get("language", "")
    if isinstance(request.user, User):
        set_language(actor=request.user, language=language)
    response = HttpResponseRedirect(_safe_next(request))
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=31_536_000,
            samesite="Lax",
            secure=settings.USE_TLS,
        )
    return response


def _submit(
    request: HttpRequest, form: forms.Form, *, action: str, act: Callable[[], str]
) -> HttpResponse | None:
    """Do a valid POST; a refusal is recorded and put at the form. None means: show the form."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        with recording(action=action, actor=actor_of((request,))):
            return HttpResponseRedirect(act())
    except CustodyError as error:
        form.add_error(error.field if error.field in form.fields else None, _(error.detail))
        return None


def _page(request: HttpRequest, template: str, form: forms.Form, **context: object) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=400 if form.errors else 200)


def _finish(request: HttpRequest, user: User, device: Authenticator) -> str:
    sessions.complete(request, device)
    record(verb="accounts.login.succeeded", actor=user, subject=user.pk, payload={})
    return _safe_next(request)


def _has_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, confirmed=True).exists())


def _step(request: HttpRequest, name: str) -> str:
    """Address of another step that keeps where the person wanted to go."""
    query = request.GET.urlencode()
    return reverse(f"accounts:{name}") + (f"?{query}" if query else "")


def _safe_next(request: HttpRequest) -> str:
    """Where the person wanted to go, when that is ours; else their home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return "/admin/" if isinstance(request.user, User) and request.user.is_staff else "/"

"""A session in two steps: short and worth nothing after the password, full after the code."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.utils import timezone
from django_otp import login as bind_device

from custody.accounts.models import Authenticator, User

PENDING_SECONDS = 600
_BACKEND = "django.contrib.auth.backends.ModelBackend"
ENDS_AT = "ends_at"


def begin(request: HttpRequest, user: User) -> None:
    """Remember that the password was right; only log-in and enrolment pages open now."""
    login(request, user, backend=_BACKEND)
    request.session.set_expiry(PENDING_SECONDS)


def complete(request: HttpRequest, device: Authenticator) -> None:
    """Bind the verified device; the session gets a new key and ends after SESSION_COOKIE_AGE."""
    bind_device(request, device)
    request.session.cycle_key()
    # A fixed moment: open pages that poll do not keep a session alive.
    end = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    request.session.set_expiry(end)
    request.session[ENDS_AT] = int(end.timestamp())

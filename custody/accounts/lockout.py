"""First factor with lock-out: django-axes counts failures per account and network.

Five failures lock an account for one network. Somebody with many networks is stopped too: fifty in
fifteen minutes, of which each network counts for five, lock the account for all of them. That takes
ten networks, is not prolonged by further tries, and leaves sessions and tokens alone. An IPv6 network is a
/64, what one connection gets.

axes stores what it is given in plain columns. It therefore gets the e-mail's keyed hash as user
name and, as address, a pseudonym from a private IPv6 range, and never the browser's name.
"""

import hashlib
import hmac
from ipaddress import IPv6Address, IPv6Network, ip_address

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.db.models import Sum, Value
from django.db.models.functions import Least
from django.http import HttpRequest
from django.utils import timezone

from custody.accounts.emails import email_hash
from custody.accounts.errors import TooManyAttemptsError
from custody.accounts.models import User
from custody.common.errors import ForbiddenError, InvalidInputError

_UNIQUE_LOCAL = 0xFD << 120  # RFC 4193


def authenticate_password(request: HttpRequest, *, email: str, password: str) -> User:
    """Return the active person with this e-mail and password.

    Raises ForbiddenError ``wrong_credentials`` (the same for unknown people) or TooManyAttemptsError
    ``locked_out`` after AXES_FAILURE_LIMIT failures from one network or LOGIN_FAILURES_PER_NAME from
    all, for AXES_COOLOFF_TIME.
    """
    attempt = _attempt(request)
    try:
        username = email_hash(email)
    except InvalidInputError:
        username = email_hash("nobody@invalid.example")
    if _failures(username) >= settings.LOGIN_FAILURES_PER_NAME:
        raise TooManyAttemptsError("too many attempts; try again later", code="locked_out")
    user = authenticate(attempt, username=username, password=password)
    if getattr(attempt, "axes_locked_out", False):
        raise TooManyAttemptsError("too many attempts; try again later", code="locked_out")
    if not isinstance(user, User):
        raise ForbiddenError("e-mail or password is wrong", code="wrong_credentials")
    return user


def client_pseudonym(request: HttpRequest) -> str:
    """The client's network for counting: stable, of the form of an address, and not the address."""
    network = _network(_client_address(request))
    digest = hmac.new(settings.SECRET_KEY.encode(), b"axes " + network.encode(), hashlib.sha256).digest()
    return str(IPv6Address(_UNIQUE_LOCAL | int.from_bytes(digest[:15])))


def _failures(username: str) -> int:
    """Recent failures for a name from everywhere; no network counts for more than locks it."""
    recent = AccessAttempt.objects.filter(
        username=username, attempt_time__gt=timezone.now() - settings.AXES_COOLOFF_TIME
    )
    counted = Least("failures_since_start", Value(settings.AXES_FAILURE_LIMIT))
    return recent.aggregate(total=Sum(counted))["total"] or 0


def _attempt(request: HttpRequest) -> HttpRequest:
    """A request that holds what axes needs and nothing personal but the address it maps."""
    attempt = HttpRequest()
    attempt.method = "POST"
    attempt.path = attempt.path_info = request.path_info
    attempt.META = {"REMOTE_ADDR": _client_address(request), "PATH_INFO": request.path_info}
    return attempt


def _client_address(request: HttpRequest) -> str:
    """The peer's address; behind our own proxy the one that the proxy appended last."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.SECURE_PROXY_SSL_HEADER and forwarded:
        return str(forwarded.rpartition(",")[2].strip())
    return str(request.META.get("REMOTE_ADDR", ""))


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Network((int(parsed), 64), strict=False))
    return str(parsed)

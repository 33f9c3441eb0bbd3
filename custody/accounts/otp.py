"""The second factor at log-in and again at decisive steps (step-up).

A wrong or replayed code must count although the deed it was meant for rolls back; therefore
verification has a transaction of its own and must be called before, never inside, a service's.
"""

import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import transaction

from custody.accounts.errors import TooManyAttemptsError
from custody.accounts.models import Authenticator, User
from custody.audit.services import record
from custody.common.errors import ForbiddenError, RefusedError

KEY_BYTES = 20


@dataclass(frozen=True)
class FreshFactor:
    """Proof that ``user_id`` showed a new code at ``at``; services that need step-up ask for it."""

    user_id: str
    at: datetime

    def check(self, *, actor: User, at: datetime) -> None:
        """Raise ForbiddenError unless this is the actor's own and not too old."""
        age = at - self.at
        if self.user_id != actor.pk or not timedelta() <= age <= timedelta(seconds=settings.STEP_UP_SECONDS):
            raise ForbiddenError("a fresh code is needed", code="step_up_needed", field="token")


def require_fresh_totp(user: User, token: str, at: datetime) -> FreshFactor:
    """Verify a code of the user's authenticator now.

    Raises ForbiddenError ``wrong_code`` (also for a code used before), ``no_second_factor``, or
    TooManyAttemptsError ``code_throttled`` after too many wrong ones.
    """
    with transaction.atomic(durable=True):
        device = Authenticator.objects.select_for_update().filter(user=user, confirmed=True).first()
        locked = device is not None and device.locked_until is not None
        accepted = device is not None and not locked and device.verify_token(token.replace(" ", ""))
    if device is None:
        raise ForbiddenError("no second factor is set up", code="no_second_factor", field="token")
    if locked:
        raise TooManyAttemptsError(
            "too many wrong codes; wait a moment", code="code_throttled", field="token"
        )
    if not accepted:
        raise ForbiddenError("the code is wrong or was used before", code="wrong_code", field="token")
    return FreshFactor(user.pk, at)


@transaction.atomic
def start_enrolment(*, user: User) -> Authenticator:
    """Return the user's unconfirmed authenticator, with a key made on first call.

    Raises RefusedError when there is a confirmed one: replacing it is an administrator's deed.
    """
    device: Authenticator
    locked = User.objects.select_for_update().get(pk=user.pk)
    device, is_new = Authenticator.objects.get_or_create(
        user=locked, defaults={"name": "totp", "confirmed": False}
    )
    if device.confirmed:
        raise RefusedError("a second factor is set up already", code="already_enrolled")
    if is_new or not locked.totp_key:
        locked.totp_key = secrets.token_bytes(KEY_BYTES).hex()
        locked.save(update_fields=["totp_key"])
    device.user = locked
    return device


def confirm_enrolment(*, user: User, token: str, at: datetime) -> Authenticator:
    """Confirm the authenticator with its first code; raises ForbiddenError, RefusedError."""
    device: Authenticator | None
    with transaction.atomic(durable=True):
        device = Authenticator.objects.select_for_update().filter(user=user, confirmed=False).first()
        accepted = device is not None and device.verify_token(token.replace(" ", ""))
        if device is not None and accepted:
            device.confirmed, device.confirmed_at = True, at
            device.save(update_fields=["confirmed", "confirmed_at"])
            record(
                verb="accounts.second_factor.enrolled",
                actor=user,
                subject=user.pk,
                payload={"kind": "totp"},
                at=at,
            )
    if device is None:
        raise RefusedError("there is no enrolment to confirm", code="no_enrolment")
    if not accepted:
        raise ForbiddenError("the code is wrong", code="wrong_code", field="token")
    return device


@transaction.atomic
def reset_second_factor(*, user: User, actor: User | str, at: datetime) -> None:
    """Remove a lost authenticator; the person enrols a new one at the next log-in."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    Authenticator.objects.filter(user=locked).delete()
    locked.totp_key = ""
    locked.save(update_fields=["totp_key"])
    record(verb="accounts.second_factor.reset", actor=actor, subject=user.pk, payload={}, at=at)


def enrolment_uri(user: User) -> str:
    """The ``otpauth://`` address that authenticator apps read (shown once, never logged)."""
    label = quote(f"{settings.OTP_TOTP_ISSUER}:{user.email}")
    return f"otpauth://totp/{label}?" + urlencode(
        {"secret": shown_key(user), "issuer": settings.OTP_TOTP_ISSUER}
    )


def shown_key(user: User) -> str:
    """The key in Base32 for typing by hand."""
    return b32encode(bytes.fromhex(user.totp_key)).decode()

"""The second factor: time-based one-time codes (RFC 6238) from a person's authenticator app.

django-otp gives the device interface, the session binding and the throttle; the key lies
encrypted in the person's own row, where shredding reaches it. Codes follow the clock of the
world, not the demonstration's shifted one, because telephones do.
"""

import time
from datetime import UTC, datetime

from django.db import models
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

STEP_SECONDS = 30
DIGITS = 6
TOLERANCE_STEPS = 1


class Authenticator(ThrottlingMixin, Device):  # type: ignore[misc]
    """One per person. ``last_step`` is the time step of the last accepted code."""

    user = models.OneToOneField("accounts.User", models.CASCADE, related_name="authenticator")
    last_step = models.BigIntegerField(default=-1)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed=False) | models.Q(confirmed_at__isnull=False),
                name="authenticator_confirmed_at",
            ),
        ]

    def __str__(self) -> str:
        return f"authenticator of {self.user_id}"

    def get_throttle_factor(self) -> float:
        # Seconds to wait after the n-th wrong code in a row: 2^(n-1).
        return 1.0

    def verify_token(self, token: str) -> bool:
        """Accept a code once; the caller holds the row lock. Wrong codes lengthen the throttle."""
        allowed, _ = self.verify_is_allowed()
        if not allowed:
            return False
        totp = TOTP(bytes.fromhex(self.user.totp_key), STEP_SECONDS, 0, DIGITS)
        totp.time = time.time()
        is_code = token.isascii() and token.isdigit() and len(token) == DIGITS
        if not is_code or not totp.verify(int(token), TOLERANCE_STEPS, self.last_step + 1):
            self.throttle_increment(commit=True)
            return False
        self.last_step = totp.t()
        self.throttle_reset(commit=False)
        self.save(update_fields=["last_step", "throttling_failure_timestamp", "throttling_failure_count"])
        return True

    @property
    def locked_until(self) -> datetime | None:
        """When the next code may be tried, or None when now."""
        allowed, details = self.verify_is_allowed()
        if allowed or details is None:
            return None
        until: datetime = details.get("locked_until", datetime.now(UTC))
        return until

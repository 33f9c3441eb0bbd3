"""Errors of the log-in."""

from custody.common.errors import RefusedError


class TooManyAttemptsError(RefusedError):
    """Locked out or slowed down after failures; the same attempt may work later."""

    code = "too_many_attempts"
    status = 429

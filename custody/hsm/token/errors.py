"""Token failures, mapped from PKCS#11 errors so that callers see three cases only."""

from custody.common.errors import CustodyError, UnavailableError


class TokenUnavailableError(UnavailableError):
    """Library, token or key does not answer; the same call may work later."""

    code = "token_unavailable"


class TokenPinError(CustodyError):
    """The PIN was refused. Never retried by itself: a real HSM locks after a few attempts."""

    code = "token_pin_refused"


class TokenResultError(CustodyError):
    """The token answered with something that does not verify; the result is thrown away."""

    code = "token_result_wrong"

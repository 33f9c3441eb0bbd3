"""Failures of whatever holds keys, in the same few words for a token, a cloud service and a vault."""

from custody.common.errors import CustodyError, NotFoundError, RefusedError, UnavailableError


class TokenUnavailableError(UnavailableError):
    """Library, token or service does not answer or is too busy; the same call may work later."""

    code = "token_unavailable"


class TokenClosedError(CustodyError):
    """The token is closed but for sessions of its custodians; the same call works in one that names it."""

    code = "token_closed"


class TokenPinError(CustodyError):
    """The PIN was refused. Never retried by itself: a real HSM locks after a few attempts."""

    code = "token_pin_refused"


class AccessDeniedError(CustodyError):
    """The service knows us and does not let us do this; a person has to change its rights."""

    code = "access_denied"
    status = 403


class KeyUnknownError(NotFoundError):
    """There is no key with this handle."""

    code = "key_unknown"


class KeyDisabledError(RefusedError):
    """The key exists, but its holder does not let it be used: disabled, or about to be destroyed."""

    code = "key_disabled"


class CapabilityMissingError(RefusedError):
    """What was asked for is not offered here; the text names the back-end and the capability."""

    code = "capability_missing"


class TokenResultError(CustodyError):
    """The token answered with something that does not verify; the result is thrown away."""

    code = "token_result_wrong"

"""One root for all errors that a person or a caller may see.

Each error carries a stable ``code``, the HTTP status every entry point maps it to, and where
it applies the ``field`` at fault (a form field or a JSON pointer). The text names no secret
and no personal data, because it is logged and audited.
"""


class CustodyError(Exception):
    """Root of the product's errors."""

    code = "error"
    status = 500
    is_recorded = False  # set by the outermost boundary that wrote the audit entry

    def __init__(self, detail: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field
        if code is not None:
            self.code = code


class InvalidInputError(CustodyError):
    """The input is malformed; nothing was changed."""

    code = "invalid_input"
    status = 400


class ForbiddenError(CustodyError):
    """The actor is known but lacks the right or a fresh second factor."""

    code = "forbidden"
    status = 403


class NotFoundError(CustodyError):
    """The object does not exist, or not for this actor (the two look the same)."""

    code = "not_found"
    status = 404


class RefusedError(CustodyError):
    """A rule refuses the action in the present state; nothing was changed."""

    code = "refused"
    status = 409


class UnavailableError(CustodyError):
    """A component (token, node, broker) does not answer; the same call may work later."""

    code = "unavailable"
    status = 503

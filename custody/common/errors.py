"""One root for all errors that a person or a caller may see.

Each error carries a stable ``code``, the HTTP status every entry point maps it to, and where
it applies the ``field`` at fault (a form field or a JSON pointer). The text names no secret
and no personal data, because it is logged and audited.
"""

from collections.abc import Mapping
from typing import Self


class CustodyError(Exception):
    """Root of the product's errors.

    ``detail`` may hold places like ``%(number)s`` that ``values`` fill; what is translated is the
    text with its places, ``template``.
    """

    code = "error"
    status = 500
    is_recorded = False  # set by the outermost boundary that wrote the audit entry

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        field: str | None = None,
        values: Mapping[str, object] | None = None,
    ) -> None:
        self.template, self.values = detail, values
        self.detail = detail % values if values else detail
        super().__init__(self.detail)
        self.field = field
        if code is not None:
            self.code = code

    def at(self, field: str | None) -> Self:
        """The same refusal, said about another field."""
        return type(self)(self.template, code=self.code, field=field, values=self.values)


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

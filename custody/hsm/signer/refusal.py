"""``Refusal``: a rule says no, and names itself and the place at fault."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from custody.common.errors import InvalidInputError, RefusedError

_POINTER = re.compile(r"(/[A-Za-z0-9_.:-]+)*\Z")


class Refusal(RefusedError):
    """The answer to a request; ``rule`` is a stable tag, ``culprit`` a JSON pointer into the request.

    ``seen``: what the journal keeps of the request although it is refused, e.g. a proved REJECT.
    """

    def __init__(
        self, rule: str, culprit: str, detail: str = "", *, seen: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(detail or rule, code=rule, field=culprit)
        self.rule = rule
        self.culprit = culprit
        self.seen = dict(seen or {})


@contextmanager
def refusing(prefix: str = "") -> Iterator[None]:
    """Turn an InvalidInputError of a decoder into a Refusal; ``prefix`` is put before its pointer."""
    try:
        yield
    except InvalidInputError as error:
        pointer = f"{prefix}{error.field or ''}"
        raise Refusal(error.code, pointer if _POINTER.match(pointer) else prefix, error.detail) from None

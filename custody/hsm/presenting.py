"""Holds a signed head against the signer's store: whoever has one may, and an unknown one stops it."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from custody.accounts.models import User
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.hsm.models import SigningRequest
from custody.hsm.services import submit_request
from custody.statements.checkpoint import SignedCheckpoint

# A copy of the file of checkpoints may come whole; its last line counts.
MAX_BYTES = 4 * 1024 * 1024
FIELD = "head"
# The store may have been turned back since: later the same head is asked about again.
AGAIN_AFTER = timedelta(minutes=1)


@transaction.atomic
def present_head(*, actor: User, data: bytes, at: datetime) -> SigningRequest:
    """Ask the signer whether it knows the last head in ``data``; asked twice within a minute is once.

    Raises ForbiddenError, InvalidInputError ``bad_head`` for what is no signed head, UnavailableError.
    """
    require_right(actor, Right.VIEW_KEYS)
    head = _read(data)
    stream, payload = head.checkpoint.stream, head.to_json()
    return _asked(stream, payload, at=at) or submit_request(
        actor=actor, kind="HEAD", subject=stream, payload=payload, at=at
    )


def _asked(stream: str, payload: dict[str, Any], *, at: datetime) -> SigningRequest | None:
    """The request about this very head that was made just now."""
    rows = SigningRequest.objects.filter(kind="HEAD", subject=stream, created_at__gt=at - AGAIN_AFTER)
    return next((row for row in rows if canonical.decode(bytes(row.body))["payload"] == payload), None)


def _read(data: bytes) -> SignedCheckpoint:
    try:
        head = SignedCheckpoint.read(json.loads(data.rstrip(b"\n").rpartition(b"\n")[2]))
        head.verify()
    except (InvalidInputError, ValueError, RecursionError):
        raise InvalidInputError("this is no signed head", code="bad_head", field=FIELD) from None
    return head

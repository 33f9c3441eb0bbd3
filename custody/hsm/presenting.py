"""Holds a signed head against the signer's store: whoever has one may, and an unknown one stops it."""

import json
from datetime import datetime

from django.db import transaction

from custody.accounts.models import User
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.common.errors import InvalidInputError
from custody.hsm.models import SigningRequest
from custody.hsm.services import submit_request
from custody.statements.checkpoint import SignedCheckpoint

# A copy of the file of checkpoints may come whole; its last line counts.
MAX_BYTES = 4 * 1024 * 1024
FIELD = "head"


@transaction.atomic
def present_head(*, actor: User, data: bytes, at: datetime) -> SigningRequest:
    """Ask the signer whether it knows the last head in ``data``.

    Raises ForbiddenError, InvalidInputError ``bad_head`` for what is no signed head, UnavailableError.
    """
    require_right(actor, Right.VIEW_KEYS)
    head = _read(data)
    return submit_request(
        actor=actor, kind="HEAD", subject=head.checkpoint.stream, payload=head.to_json(), at=at
    )


def _read(data: bytes) -> SignedCheckpoint:
    try:
        head = SignedCheckpoint.read(json.loads(data.rstrip(b"\n").rpartition(b"\n")[2]))
        head.verify()
    except (InvalidInputError, ValueError, RecursionError):
        raise InvalidInputError("this is no signed head", code="bad_head", field=FIELD) from None
    return head

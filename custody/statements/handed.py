"""Approvals as people hand them in: the file of ``approve``, or its text behind ``#t=`` (formats 3)."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.statements.approval import Approval, Statement, Subject
from custody.statements.proof import Ed25519Proof

MAX_BYTES = 16 * 1024
TEXT_PREFIX = b"#t="


def read_approval(data: bytes, *, field: str) -> Approval:
    """Decode an approval and check what needs no trust store; raises InvalidInputError.

    An Ed25519 signature must verify under the key it names; whose key that is, the signer knows.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInputError("this is too long for an approval", code="bad_approval", field=field)
    try:
        approval = Approval.read(_json(data.strip()))
        # Only what has canonical bytes can be kept and carried.
        canonical.encode(approval.to_json())
        if isinstance(approval.proof, Ed25519Proof):
            approval.proof.verify(approval.statement.hash)
    except (InvalidInputError, ValueError, RecursionError):
        raise InvalidInputError("this is no approval", code="bad_approval", field=field) from None
    return approval


@dataclass(frozen=True)
class About:
    """What approvals of one document have to say; the document ends at ``expires_at``."""

    subject: Subject
    instance: str
    policy: str
    expires_at: datetime

    def check(self, statement: Statement, *, at: datetime, field: str) -> None:
        """Raise InvalidInputError for what the signer is sure to refuse."""
        if (statement.subject, statement.instance) != (self.subject, self.instance):
            raise InvalidInputError(
                "this approval is about something else", code="approval_of_another_subject", field=field
            )
        if statement.policy != self.policy:
            raise InvalidInputError("this approval names another policy", code="policy_changed", field=field)
        if statement.expires_at > self.expires_at:
            raise InvalidInputError(
                "this approval ends after what it is about", code="statement_outlives_subject", field=field
            )
        if statement.expires_at <= at:
            raise InvalidInputError("this approval has expired", code="expired", field=field)


def _json(data: bytes) -> object:
    """Raises ValueError for anything but JSON."""
    if not data.startswith(b"{"):
        data = _decoded(data.removeprefix(TEXT_PREFIX))
    return json.loads(data.decode("utf-8"))


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("not base64url") from None

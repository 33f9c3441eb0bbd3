"""Approvals as people hand them in: the file of ``approve``, or its text behind ``#t=`` (formats 3)."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custody.common.errors import InvalidInputError
from custody.statements.approval import Approval, Statement, Subject
from custody.statements.proof import Ed25519Proof, ProofError

MAX_BYTES = 16 * 1024
# Before the text that a link or a code carries (formats section 3).
MARK = "#t="


def read_approval(data: bytes, *, field: str) -> Approval:
    """Decode an approval and check what needs no trust store.

    Raises InvalidInputError ``bad_approval``, or ProofError.

    An Ed25519 signature must verify under the key it names; whose key that is, the signer knows.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInputError("this is too long for an approval", code="bad_approval", field=field)
    try:
        approval = Approval.read(_json(data.decode("utf-8").strip()))
    except (InvalidInputError, ValueError, RecursionError):
        raise InvalidInputError("this is no approval", code="bad_approval", field=field) from None
    if isinstance(approval.proof, Ed25519Proof):
        _check_signature(approval.proof, approval.statement.hash, field=field)
    return approval


def _check_signature(proof: Ed25519Proof, statement: str, *, field: str) -> None:
    try:
        proof.verify(statement)
    except ProofError as error:
        raise error.at(field) from None


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


def _json(text: str) -> object:
    """Raises ValueError for anything but JSON without a double key, by itself or behind a link's mark."""
    if MARK in text:
        text = text.rpartition(MARK)[2].partition("&")[0]
    if not text.startswith("{"):
        text = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("utf-8")
    return json.loads(text, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise ValueError("a key stands twice")
    return entries

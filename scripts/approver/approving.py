"""Which subjects the officer may speak about, and the statement that is signed (formats section 3)."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.common.clock import read_time
from custody.common.errors import RefusedError
from custody.statements.approval import Approval, Statement, Subject
from custody.statements.form import Document
from custody.statements.intent import Intent
from custody.statements.proof import Ed25519Proof
from custody.statements.trust import ALWAYS_TIGHTENING, TrustDocument
from scripts.approver.home import Config

Verdict = Literal["APPROVE", "REJECT"]
NONCE_SIZE = 16
# A subject without an end, or with one far away, still gets a statement that ends.
LONGEST = timedelta(hours=72)


@dataclass(frozen=True)
class Case:
    """A subject that passed, and until when a statement about it counts."""

    document: Document
    config: Config
    expires_at: datetime

    @property
    def own_word(self) -> str | None:
        """Name of the text about what a maker's own word is worth; None for somebody else's document."""
        if self.document.to_json().get("maker") != self.config.person:
            return None
        if not isinstance(self.document, TrustDocument):
            return "own_subject"
        return "own_stop" if self.document.type in ALWAYS_TIGHTENING else "own_change"

    def approval(self, verdict: Verdict, *, key: Ed25519PrivateKey) -> Approval:
        """Sign the statement; the nonce is fresh."""
        statement = Statement(
            instance=self.config.pinned_instance(),
            person=self.config.person,
            subject=Subject.read({"format": self.document.FORMAT, "hash": self.document.hash}),
            verdict=verdict,
            policy=self.config.pinned_policy(),
            nonce=os.urandom(NONCE_SIZE).hex(),
            expires_at=self.expires_at,
        )
        signature = key.sign(bytes.fromhex(statement.hash)).hex()
        return Approval(
            statement=statement, proof=Ed25519Proof(credential=self.config.public_key, signature=signature)
        )


def examine(document: Document, config: Config, *, at: datetime, expires_at: datetime | None = None) -> Case:
    """Return the case; ``expires_at`` shortens the statement's life.

    Raises RefusedError for another installation, an expired subject, an intent of another policy
    than the pinned one, and for a statement that would outlive its subject or 72 hours.
    """
    fields, instance, policy = document.to_json(), config.pinned_instance(), config.pinned_policy()
    if fields.get("instance", instance) != instance:
        raise RefusedError("of another installation", code="foreign_instance", field="/instance")
    latest = _latest(fields, at)
    if latest <= at:
        raise RefusedError("the subject has expired", code="expired", field="/expires_at")
    if isinstance(document, Intent) and document.policy != policy:
        raise RefusedError("of another policy than you pinned", code="policy_changed", field="/policy")
    if expires_at is not None and not at < expires_at <= latest:
        raise RefusedError(
            "the statement must end in the future, within 72 hours and not after its subject",
            code="bad_expiry",
            field="--expires-at",
        )
    return Case(document, config, expires_at or latest)


def _latest(fields: dict[str, Any], at: datetime) -> datetime:
    """The subject's end, at most 72 hours from now."""
    capped = (at + LONGEST).astimezone(UTC).replace(microsecond=0)
    return min(capped, read_time(fields["expires_at"])) if "expires_at" in fields else capped

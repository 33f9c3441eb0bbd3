"""Approval statements as the signer believes them: who said what about one subject (trust.md 2).

Every statement is proved under a credential the trust store pins now; one person counts once,
whatever the credentials; one REJECT ends the subject. What was proved goes into the journal, so
that a nonce belongs to one statement for ever and a falling counter is noticed.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from custody.hsm.signer.refusal import Refusal, refusing
from custody.hsm.signer.store import selectors
from custody.hsm.signer.trust.quorum import NO_PERSON
from custody.hsm.signer.trust.state import TrustState
from custody.statements.approval import Approval, Proved, Subject
from custody.statements.credential import PersonCredential

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What statements have to be about: the subject, and when it ends."""

    subject: Subject
    expires_at: datetime


@dataclass(frozen=True)
class Verdicts:
    """Proved approvals: person → roles of the credential used; ``seen`` is for the journal."""

    roles: dict[str, frozenset[str]] = field(default_factory=dict)
    seen: tuple[dict[str, Any], ...] = ()

    def people(self, roles: frozenset[str], *, without: str | None = None) -> frozenset[str]:
        """Who approved in one of ``roles``; ``without`` names the maker."""
        return frozenset(person for person, own in self.roles.items() if own & roles and person != without)

    def humans(self, roles: frozenset[str], *, without: str | None = None) -> frozenset[str]:
        """Who approved in one of ``roles`` and is no machine besides; ``without`` names the maker."""
        return frozenset(
            person for person in self.people(roles, without=without) if not self.roles[person] & NO_PERSON
        )


def verify(
    approvals: Sequence[Approval], wanted: Wanted, *, trust: TrustState, at: datetime, pointer: str
) -> Verdicts:
    """Prove every approval; raises Refusal for the first that does not hold, and for any person's REJECT.

    ``pointer`` is where the approvals stand in the request.
    """
    if selectors.is_rejected(wanted.subject.hash):
        raise Refusal("rejected", pointer)
    policy, credentials = trust.policy(at=at).hash, trust.credentials(at=at)
    roles: dict[str, frozenset[str]] = {}
    nonces = selectors.statements_of([approval.statement.nonce for approval in approvals])
    seen = []
    for index, approval in enumerate(approvals):
        place = f"{pointer}/{index}"
        _check_statement(approval, wanted, trust=trust, policy=policy, place=place)
        if nonces.setdefault(approval.statement.nonce, approval.statement.hash) != approval.statement.hash:
            raise Refusal("nonce_used", f"{place}/statement/nonce")
        with refusing(place):
            proved = _proved(approval, credentials, at)
        seen.append(_journalled(approval, proved))
        if approval.statement.verdict == "REJECT":
            if NO_PERSON & set(proved.credential.roles):
                raise Refusal("not_a_person", place)
            raise Refusal("rejected", place, seen={"statements": seen, "rejected": wanted.subject.hash})
        person = approval.statement.person
        roles[person] = roles.get(person, frozenset()) | frozenset(proved.credential.roles)
    return Verdicts(roles, tuple(seen))


def _check_statement(
    approval: Approval, wanted: Wanted, *, trust: TrustState, policy: str, place: str
) -> None:
    statement = approval.statement
    if statement.instance != trust.genesis.instance:
        raise Refusal("wrong_instance", f"{place}/statement/instance")
    if statement.subject != wanted.subject:
        raise Refusal("approval_of_another_subject", f"{place}/statement/subject")
    if statement.policy != policy:
        raise Refusal("policy_changed", f"{place}/statement/policy")
    if statement.expires_at > wanted.expires_at:
        raise Refusal("statement_outlives_subject", f"{place}/statement/expires_at")


def _proved(approval: Approval, credentials: tuple[PersonCredential, ...], at: datetime) -> Proved:
    """Verify the proof; the signature itself only once, however often the intent comes."""
    proof = _verified(approval, credentials)
    if approval.statement.expires_at <= at or proof.credential.valid_until <= at:
        # Says which of the two, with its place.
        return approval.verify(credentials, at=at)
    return proof


@lru_cache(maxsize=4096)
def _verified(approval: Approval, credentials: tuple[PersonCredential, ...]) -> Proved:
    """The proof holds under these credentials, leaving time aside."""
    return approval.verify(credentials, at=datetime.min.replace(tzinfo=approval.statement.expires_at.tzinfo))


def _journalled(approval: Approval, proved: Proved) -> dict[str, Any]:
    statement, credential = approval.statement, proved.credential.credential.name
    said: dict[str, Any] = {
        "person": statement.person,
        "nonce": statement.nonce,
        "statement": statement.hash,
        "credential": credential,
    }
    if proved.counter is None:
        return said
    known = selectors.last_counter(credential)
    # Authenticators without a counter always show zero (WebAuthn Level 3, 6.1.1).
    if known and proved.counter < known:
        logger.critical("signer: the counter of an authenticator of %s fell", statement.person)
        said["fallen"] = True
    return said | {"counter": proved.counter}

"""Adopts policies and stores decisions with the facts they rest on."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from custody.audit import services as audit
from custody.common import canonical
from custody.common.errors import RefusedError
from custody.policy import engine
from custody.policy.facts import SpendFacts
from custody.policy.models import PolicyDecision, PolicyVersion
from custody.policy.selectors import current_version
from custody.statements.policy import Policy

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


@transaction.atomic
def adopt_policy(*, actor: "AbstractBaseUser | str", policy: Policy, at: datetime) -> PolicyVersion:
    """Make ``policy`` the current one; adopting what is current already changes nothing."""
    current = PolicyVersion.objects.order_by("-id").first()
    if current is not None and current.hash == policy.hash:
        return current
    version = PolicyVersion.objects.create(hash=policy.hash, body=policy.to_bytes(), adopted_at=at)
    payload = {"policy": policy.hash} | ({"replaced": current.hash} if current else {})
    audit.record(verb="policy.policy.adopted", actor=actor, subject=policy.hash, payload=payload, at=at)
    return version


@transaction.atomic
def record_decision(*, actor: "AbstractBaseUser | str", facts: SpendFacts, at: datetime) -> PolicyDecision:
    """Decide about an intent by the current policy and store why; the same facts are decided once.

    Raises RefusedError when no policy is adopted, and ``policy_changed`` when the intent was made
    under another one. A denial is a stored decision and no error: the caller ends the intent.
    """
    version = current_version()
    if facts.intent.policy != version.hash:
        raise RefusedError(
            "the policy changed after the intent was made", code="policy_changed", field="/intent/policy"
        )
    decision = engine.evaluate(Policy.from_bytes(bytes(version.body)), facts)
    stored, is_new = PolicyDecision.objects.get_or_create(
        intent_hash=facts.intent.hash,
        policy=version,
        facts_hash=facts_hash(facts),
        defaults={
            "intent": facts.intent.id,
            "facts": facts.to_json(),
            "outcome": decision.outcome,
            "trace": decision.to_json()["trace"],
            "decided_at": at,
        },
    )
    if is_new:
        _record_in_audit(stored, code=decision.blocking.code if decision.blocking else None, actor=actor)
    return stored


def facts_hash(facts: SpendFacts) -> str:
    """SHA-256 of the canonical bytes of the facts, 64 hex digits."""
    return hashlib.sha256(canonical.encode(facts.to_json(), limit=canonical.MAX_REQUEST)).hexdigest()


def _record_in_audit(stored: PolicyDecision, *, code: str | None, actor: "AbstractBaseUser | str") -> None:
    payload = {
        "intent_hash": stored.intent_hash,
        "policy": stored.policy.hash,
        "facts_hash": stored.facts_hash,
        "outcome": stored.outcome,
    }
    audit.record(
        verb="policy.decision.recorded",
        actor=actor,
        subject=stored.intent,
        payload=payload | ({"code": code} if code else {}),
        at=stored.decided_at,
    )

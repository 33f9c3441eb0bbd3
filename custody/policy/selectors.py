"""Reads of policies and decisions."""

from custody.common.errors import RefusedError
from custody.policy.models import PolicyDecision, PolicyVersion
from custody.policy.trace import Decision
from custody.statements.policy import Policy


def current_version() -> PolicyVersion:
    """Return the policy adopted last; raises RefusedError while there is none."""
    version = PolicyVersion.objects.order_by("-id").first()
    if version is None:
        raise RefusedError("no policy has been adopted", code="policy_missing")
    return version


def current_policy() -> Policy:
    """Return the document of the policy adopted last; raises RefusedError while there is none."""
    return Policy.from_bytes(bytes(current_version().body))


def latest_decision(intent: str) -> PolicyDecision | None:
    """Return the last stored decision about an intent id."""
    return PolicyDecision.objects.filter(intent=intent).select_related("policy").order_by("-id").first()


def explain(stored: PolicyDecision) -> Decision:
    """Return the decision with its trace."""
    return Decision.read({"outcome": stored.outcome, "trace": stored.trace})

"""Rule ``quorum``: distinct people in a role must have approved; a mandate stands in their place."""

from custody.policy.facts import SpendFacts
from custody.policy.rules.kind import RuleKind, no_past
from custody.policy.rules.scope import is_in_scope
from custody.policy.trace import APPROVALS_MISSING, Condition, at_least
from custody.statements.credential import PersonRole
from custody.statements.policy import QuorumRule

# A machine may hold a role and still is nobody (trust.md 2).
MACHINE = "MACHINE"


def _evaluate(rule: QuorumRule, facts: SpendFacts) -> tuple[Condition, ...] | None:
    """``people`` approvers other than the maker; says nothing up to ``above`` and under a mandate."""
    if facts.mandate is not None or not is_in_scope(rule.scope, facts):
        return None
    if facts.intent.total <= rule.above:
        return None
    return (approved(rule.role, rule.people, facts),)


def approved(role: PersonRole, least: int, facts: SpendFacts) -> Condition:
    """Holds when ``least`` distinct people in ``role``, none of them the maker, have approved."""
    people = {
        item.person
        for item in facts.approvers
        if role in item.roles and MACHINE not in item.roles and item.person != facts.intent.maker
    }
    return at_least(APPROVALS_MISSING, "/approvals", limit=least, actual=len(people))


QUORUM = RuleKind(evaluate=_evaluate, window=no_past)

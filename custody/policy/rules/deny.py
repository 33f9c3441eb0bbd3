"""Rule ``deny``: nothing in its scope is paid, whatever other rules say."""

from custody.policy.facts import SpendFacts
from custody.policy.rules.kind import RuleKind, no_past
from custody.policy.rules.scope import is_in_scope
from custody.policy.trace import Condition, one_of
from custody.statements.policy import DenyRule


def _evaluate(rule: DenyRule, facts: SpendFacts) -> tuple[Condition, ...] | None:
    """One condition that never holds."""
    if not is_in_scope(rule.scope, facts):
        return None
    return (
        one_of(
            "denied_by_rule",
            "/intent/kind",
            named="what no rule denies",
            actual=facts.intent.kind,
            holds=False,
        ),
    )


DENY = RuleKind(evaluate=_evaluate, window=no_past)

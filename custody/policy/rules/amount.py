"""Rule ``amount``: a limit per intent."""

from custody.policy.facts import SpendFacts
from custody.policy.rules.kind import RuleKind, no_past
from custody.policy.rules.scope import is_in_scope
from custody.policy.trace import Condition, at_most
from custody.statements.policy import AmountRule


def _evaluate(rule: AmountRule, facts: SpendFacts) -> tuple[Condition, ...] | None:
    """All payees together stay within ``max`` base units."""
    if not is_in_scope(rule.scope, facts):
        return None
    return (at_most("amount_above_max", "/intent/payees", limit=rule.max, actual=facts.intent.total),)


AMOUNT = RuleKind(evaluate=_evaluate, window=no_past)

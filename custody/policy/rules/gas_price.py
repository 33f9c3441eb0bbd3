"""Rule ``gas_price``: no payment of an account at a price that leaves it waiting, and all after it."""

from custody.policy.facts import SpendFacts
from custody.policy.rules.kind import RuleKind, no_past
from custody.policy.rules.scope import is_in_scope
from custody.policy.trace import Condition, at_least
from custody.statements.policy import GasPriceRule


def _evaluate(rule: GasPriceRule, facts: SpendFacts) -> tuple[Condition, ...] | None:
    """The transaction offers enough wei per gas; one that does not say what it offers, offers nothing.

    Of a Safe's transaction somebody else pays the gas, at a price that no owner signs.
    """
    if not is_in_scope(rule.scope, facts) or facts.intent.kind == "SAFE":
        return None
    price, priority = (facts.account.price, facts.account.priority) if facts.account else (None, None)
    return (
        at_least("gas_price_below_min", "/payload", limit=rule.min, actual=price or 0),
        at_least("gas_priority_below_min", "/payload", limit=rule.priority_min, actual=priority or 0),
    )


GAS_PRICE = RuleKind(evaluate=_evaluate, window=no_past)

"""Rule ``cancel``: the word of people that ends a payment of an account before it is mined.

It moves nothing, so no rule about amounts speaks of it, and without this one nobody cancels.
"""

from custody.policy.facts import SpendFacts
from custody.policy.rules.kind import RuleKind, no_past
from custody.policy.rules.quorum import approved
from custody.policy.rules.scope import is_in_scope
from custody.policy.trace import Condition
from custody.statements.policy import CancelRule


def _evaluate(rule: CancelRule, facts: SpendFacts) -> tuple[Condition, ...] | None:
    """``people`` approvers other than the maker, whatever mandate is named."""
    if facts.intent.kind != "CANCEL" or not is_in_scope(rule.scope, facts):
        return None
    return (approved(rule.role, rule.people, facts),)


CANCEL = RuleKind(evaluate=_evaluate, window=no_past)

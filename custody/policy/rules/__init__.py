"""One file per rule kind, one line here; a kind that is not registered cannot be evaluated."""

from collections.abc import Callable

from custody.policy.facts import SpendFacts
from custody.policy.rules import escrow_terms
from custody.policy.trace import Condition

# Returns the conditions that must all hold, or None when the rule says nothing about the facts.
Evaluator = Callable[[SpendFacts], tuple[Condition, ...] | None]

RULES: dict[str, Evaluator] = {"escrow_terms": escrow_terms.evaluate}

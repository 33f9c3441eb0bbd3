"""One file per rule kind, one line here; a kind that is not registered cannot be evaluated.

Only kinds in ``ALLOWING`` can allow a payment; all others can only forbid it.
"""

from collections.abc import Callable
from typing import Any

from custody.policy.facts import SpendFacts
from custody.policy.rules import amount, cancel, deny, escrow_terms, gas_price, payee, quorum, time, velocity
from custody.policy.trace import Condition

# Returns the conditions that must all hold, or None when the rule says nothing about the facts.
Evaluator = Callable[[Any, SpendFacts], tuple[Condition, ...] | None]

RULES: dict[str, Evaluator] = {
    "amount": amount.evaluate,
    "cancel": cancel.evaluate,
    "deny": deny.evaluate,
    "escrow_terms": escrow_terms.evaluate,
    "gas_price": gas_price.evaluate,
    "payee": payee.evaluate,
    "quorum": quorum.evaluate,
    "time": time.evaluate,
    "velocity": velocity.evaluate,
}
ALLOWING = frozenset({"cancel", "escrow_terms", "mandate", "quorum"})

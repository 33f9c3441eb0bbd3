"""``RuleKind``: how one kind of rule judges, and how much of the past it has to see for that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from custody.policy.facts import SpendFacts
from custody.policy.trace import Condition
from custody.statements.form import Form

R = TypeVar("R", bound=Form)


@dataclass(frozen=True)
class RuleKind(Generic[R]):
    """``evaluate`` returns the conditions that must all hold, or None where the rule says nothing.

    ``window``: seconds of past spends that a rule counts; what lies before is not in its facts.
    """

    evaluate: Callable[[R, SpendFacts], tuple[Condition, ...] | None]
    window: Callable[[R], int]


def no_past(_rule: Form) -> int:
    """Window of a rule that judges a payment by itself."""
    return 0

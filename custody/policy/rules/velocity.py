"""Rule ``velocity``: a rolling limit per source wallet; an unknown past counts as a full window."""

from datetime import datetime, timedelta

from custody.policy.facts import PastSpend, SpendFacts
from custody.policy.rules.kind import RuleKind
from custody.policy.rules.scope import is_in_scope
from custody.policy.trace import Condition, at_most, one_of
from custody.statements.policy import VelocityRule


def _evaluate(rule: VelocityRule, facts: SpendFacts) -> tuple[Condition, ...] | None:
    """What was signed within the window and this intent together stay within its amount."""
    if not is_in_scope(rule.scope, facts):
        return None
    field = "/intent/payees"
    if facts.past is None or facts.at is None:
        named = "wallets with a known past"
        return (one_of("velocity_unknown", field, named=named, actual="unknown", holds=False),)
    recent = within(facts.past, asset=facts.intent.asset, seconds=rule.window.seconds, at=facts.at)
    total = sum(item.amount for item in recent) + facts.intent.total
    return (at_most("velocity_above_max", field, limit=rule.window.amount, actual=total),)


def within(past: tuple[PastSpend, ...], *, asset: str, seconds: int, at: datetime) -> tuple[PastSpend, ...]:
    """The spends of ``asset`` that are less than ``seconds`` old."""
    return tuple(item for item in past if item.asset == asset and item.at > at - timedelta(seconds=seconds))


def _window(rule: VelocityRule) -> int:
    return rule.window.seconds


VELOCITY = RuleKind(evaluate=_evaluate, window=_window)

"""Rule ``time``: only inside business hours; without a known time, never."""

from zoneinfo import ZoneInfo

from custody.policy.facts import SpendFacts
from custody.policy.rules.kind import RuleKind, no_past
from custody.policy.rules.scope import is_in_scope
from custody.policy.trace import Condition, one_of
from custody.statements.policy import TimeRule

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def _evaluate(rule: TimeRule, facts: SpendFacts) -> tuple[Condition, ...] | None:
    """The local time of the rule's zone lies on its days and between its hours."""
    if not is_in_scope(rule.scope, facts):
        return None
    local = facts.at.astimezone(ZoneInfo(rule.zone)) if facts.at else None
    holds = (
        local is not None
        and WEEKDAYS[local.weekday()] in rule.days
        and rule.after <= f"{local:%H:%M}" < rule.before
    )
    named = f"{' '.join(day for day in WEEKDAYS if day in rule.days)} {rule.after}-{rule.before} {rule.zone}"
    actual = f"{WEEKDAYS[local.weekday()]} {local:%H:%M}" if local else "no known time"
    return (one_of("outside_hours", "/intent", named=named, actual=actual, holds=holds),)


TIME = RuleKind(evaluate=_evaluate, window=no_past)

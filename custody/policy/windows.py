"""How far back the rules look."""

from custody.policy.rules import RULES
from custody.statements.mandate import Mandate
from custody.statements.policy import Policy


def longest_window(policy: Policy, mandate: Mandate | None) -> int:
    """Seconds of past that any rule of the policy, or the mandate, counts."""
    windows = [RULES[rule.kind].window(rule) for rule in policy.rules]
    if mandate is not None:
        windows += [mandate.cap_window.seconds, mandate.fee.window.seconds]
    return max(windows, default=0)

"""Each rule says how much of the past it counts, and looks at none beyond that."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custody.policy.facts import PastSpend, SpendFacts
from custody.policy.rules import RULES
from custody.policy.windows import longest_window
from custody.statements.parts import Window
from custody.statements.policy import (
    AmountRule,
    CancelRule,
    DenyRule,
    EscrowTermsRule,
    GasPriceRule,
    PayeeRule,
    Policy,
    QuorumRule,
    Rule,
    Scope,
    TimeRule,
    VelocityRule,
)
from custody.statements.trust import TrustDocument
from tests.policy.cases import payout
from tests.statements.examples import AT, INTENT, vector_document

SCOPE = Scope(assets=(INTENT.asset,))
DAY = 86_400
VELOCITY = VelocityRule(scope=SCOPE, window=Window(amount=990_000, seconds=DAY))
EXAMPLES: tuple[Rule, ...] = (
    EscrowTermsRule(),
    QuorumRule(scope=SCOPE, above=0, role="APPROVER", people=2),
    AmountRule(scope=SCOPE, max=990_000),
    VELOCITY,
    PayeeRule(scope=SCOPE, book=True, own=True),
    TimeRule(scope=SCOPE, zone="UTC", days=("SA",), after="08:00", before="10:00"),
    DenyRule(scope=SCOPE),
    CancelRule(scope=SCOPE, role="APPROVER", people=2),
    GasPriceRule(scope=Scope(assets=("eip155:1/slip44:60",)), min=10**9, priority_min=10**8),
)


class Forgetful(SpendFacts):
    """Facts whose past nobody may look at."""

    def __getattribute__(self, name: str) -> Any:
        if name == "past":
            raise AssertionError("looks at the past without a window")
        return super().__getattribute__(name)


def test_there_is_an_example_of_every_rule() -> None:
    assert {rule.kind for rule in EXAMPLES} == set(RULES)


@pytest.mark.parametrize("rule", EXAMPLES, ids=lambda rule: rule.kind)
def test_a_rule_without_a_window_never_looks_at_the_past(rule: Rule) -> None:
    facts = payout(at=AT)
    kind = RULES[rule.kind]
    forgetful = Forgetful(**facts.__dict__)
    if kind.window(rule):
        with pytest.raises(AssertionError):
            kind.evaluate(rule, forgetful)
    else:
        assert kind.evaluate(rule, forgetful) == kind.evaluate(rule, facts)


@pytest.mark.parametrize("rule", [rule for rule in EXAMPLES if RULES[rule.kind].window(rule)])
def test_what_is_older_than_its_window_changes_nothing(rule: Rule) -> None:
    """The signer loads no more of the past than the longest window."""
    kind = RULES[rule.kind]
    seconds = kind.window(rule)

    def judged(age: int) -> object:
        past = PastSpend(asset=INTENT.asset, amount=1, fee=1, at=AT - timedelta(seconds=age))
        return kind.evaluate(rule, payout(at=AT, past=(past,)))

    assert judged(seconds) == kind.evaluate(rule, payout(at=AT, past=()))
    assert judged(seconds - 1) != judged(seconds)


def test_the_longest_window_of_a_policy_counts() -> None:
    weekly = replace(VELOCITY, window=Window(amount=1, seconds=7 * DAY))
    assert longest_window(Policy(rules=EXAMPLES), None) == DAY
    assert longest_window(Policy(rules=(VELOCITY, weekly)), None) == 7 * DAY
    assert longest_window(Policy(rules=(EscrowTermsRule(),)), None) == 0


def test_the_windows_of_a_mandate_count_too() -> None:
    mandate: Any = vector_document("trust_mandate", TrustDocument).body
    assert longest_window(Policy(rules=()), mandate) == DAY
    yearly = replace(mandate, fee=replace(mandate.fee, window=Window(amount=1, seconds=365 * DAY)))
    assert longest_window(Policy(rules=()), yearly) == 365 * DAY

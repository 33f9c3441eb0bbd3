"""The engine denies by default, explains itself, and does not depend on the order of rules."""

from typing import get_args, get_type_hints

from hypothesis import given
from hypothesis import strategies as st

from custody.policy.engine import evaluate
from custody.policy.facts import PaidOutput, SpentOutput
from custody.policy.rules import RULES
from custody.policy.trace import Decision
from custody.statements.policy import EscrowTermsRule, Policy, Rule
from tests.policy.cases import payout
from tests.statements.examples import TERMS

POLICY = Policy(rules=(EscrowTermsRule(),))


def test_an_empty_policy_denies() -> None:
    decision = evaluate(Policy(rules=()), payout())
    assert decision.outcome == "DENY"
    assert decision.blocking is not None
    assert decision.blocking.code == "no_rule_allows"


def test_every_rule_form_has_an_evaluator() -> None:
    assert set(RULES) == {get_args(get_type_hints(form)["kind"])[0] for form in get_args(get_args(Rule)[0])}


def test_a_decision_reads_back_with_its_trace() -> None:
    for facts in (payout(), payout(terms=None)):
        decision = evaluate(POLICY, facts)
        assert Decision.read(decision.to_json()) == decision


def spent(amount: int) -> SpentOutput:
    return SpentOutput(script=TERMS.script, amount=amount)


@given(
    inputs=st.lists(st.integers(0, 2_000_000), max_size=3),
    outputs=st.lists(st.integers(0, 2_000_000), max_size=3),
)
def test_allows_exactly_the_intended_outputs_with_a_fee_in_bounds(
    inputs: list[int], outputs: list[int]
) -> None:
    facts = payout(
        inputs=tuple(spent(amount) for amount in inputs),
        outputs=tuple(PaidOutput(to=TERMS.payouts.merchant, amount=amount) for amount in outputs),
    )
    expected = outputs == [990_000] and 0 <= sum(inputs) - 990_000 <= 10_000
    assert evaluate(POLICY, facts).is_allowed is expected


@given(amount=st.integers(985_000, 1_005_000))
def test_the_fee_alone_decides_over_one_input(amount: int) -> None:
    facts = payout(inputs=(spent(amount),))
    assert evaluate(POLICY, facts).is_allowed is (990_000 <= amount <= 1_000_000)

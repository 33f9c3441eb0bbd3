"""Facts in, decision out: deny unless a rule allows and every rule that speaks holds.

The order of the rules changes nothing but the order of the trace. Deterministic and pure, so
that the wallets, a dry run and the signer reach the same decision from the same facts.
"""

from custody.policy import mandate
from custody.policy.facts import SpendFacts
from custody.policy.rules import ALLOWING, RULES
from custody.policy.trace import APPROVALS_MISSING, Decision, Outcome, Step, failing, one_of
from custody.statements.policy import Policy, Rule


def evaluate(policy: Policy, facts: SpendFacts) -> Decision:
    """Decide by ``policy``; an empty one denies everything.

    REQUIRE means that nothing but approvals is missing.
    """
    steps = (*(_step(rule, facts) for rule in policy.rules), *_mandated(facts))
    if not any(step.matched and step.rule in ALLOWING for step in steps):
        return Decision(outcome="DENY", trace=(*steps, _denied_by_default(facts)))
    return Decision(outcome=_outcome(steps), trace=steps)


def _outcome(steps: tuple[Step, ...]) -> Outcome:
    codes = {condition.code for condition in failing(steps)}
    if not codes:
        return "ALLOW"
    return "REQUIRE" if codes == {APPROVALS_MISSING} else "DENY"


def _step(rule: Rule, facts: SpendFacts) -> Step:
    conditions = RULES[rule.kind].evaluate(rule, facts)
    return Step(rule=rule.kind, matched=conditions is not None, because=conditions or ())


def _mandated(facts: SpendFacts) -> tuple[Step, ...]:
    """A mandate allows like a rule, and every other rule still speaks."""
    if facts.mandate is None:
        return ()
    return (Step(rule="mandate", matched=True, because=mandate.evaluate(facts.mandate, facts)),)


def _denied_by_default(facts: SpendFacts) -> Step:
    condition = one_of(
        "no_rule_allows",
        "/intent/kind",
        named="kinds that a rule allows",
        actual=facts.intent.kind,
        holds=False,
    )
    return Step(rule="default_deny", matched=True, because=(condition,))

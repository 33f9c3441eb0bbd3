"""Facts in, decision out: deny unless a rule matches and every matching rule holds.

The order of the rules changes nothing but the order of the trace. Deterministic and pure, so
that the wallets, a dry run and the signer reach the same decision from the same facts.
"""

from custody.policy.facts import SpendFacts
from custody.policy.rules import RULES
from custody.policy.trace import Decision, Step, failing, one_of
from custody.statements.policy import EscrowTermsRule, Policy


def evaluate(policy: Policy, facts: SpendFacts) -> Decision:
    """Decide by ``policy``; an empty one denies everything."""
    steps = tuple(_step(rule, facts) for rule in policy.rules)
    if not any(step.matched for step in steps):
        return Decision(outcome="DENY", trace=(*steps, _denied_by_default(facts)))
    return Decision(outcome="DENY" if failing(steps) else "ALLOW", trace=steps)


def _step(rule: EscrowTermsRule, facts: SpendFacts) -> Step:
    conditions = RULES[rule.kind](facts)
    return Step(rule=rule.kind, matched=conditions is not None, because=conditions or ())


def _denied_by_default(facts: SpendFacts) -> Step:
    condition = one_of(
        "no_rule_allows",
        "/intent/kind",
        named="kinds that a rule allows",
        actual=facts.intent.kind,
        holds=False,
    )
    return Step(rule="default_deny", matched=True, because=(condition,))

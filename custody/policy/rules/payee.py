"""Rule ``payee``: whom a wallet may pay."""

from custody.policy.facts import SpendFacts
from custody.policy.rules.kind import RuleKind, no_past
from custody.policy.rules.scope import is_in_scope
from custody.policy.trace import Condition, one_of
from custody.statements.policy import PayeeRule


def _evaluate(rule: PayeeRule, facts: SpendFacts) -> tuple[Condition, ...] | None:
    """Each payee is listed, in the address book, or a wallet of ours, as the rule says."""
    if not is_in_scope(rule.scope, facts):
        return None
    allowed = set(rule.addresses)
    allowed |= set(facts.booked) if rule.book else set()
    allowed |= {item.address for item in facts.own} if rule.own else set()
    return tuple(
        one_of(
            "payee_not_allowed",
            f"/intent/payees/{index}/to",
            named="payees the rule allows",
            actual=payee.to,
            holds=payee.to in allowed,
        )
        for index, payee in enumerate(facts.intent.payees)
    )


PAYEE = RuleKind(evaluate=_evaluate, window=no_past)

"""Rule ``escrow_terms``: an escrow pays only whom its signed terms name (formats section 2).

Whatever the transaction does beyond the intent is named as well: another input, another output,
a fee above what intent and terms allow.
"""

from collections.abc import Iterator

from custody.policy.facts import PaidOutput, SpendFacts
from custody.policy.rules.kind import RuleKind, no_past
from custody.policy.trace import Condition, at_least, at_most, equal, one_of
from custody.statements.intent import Payee
from custody.statements.policy import EscrowTermsRule
from custody.statements.terms import Terms

TRANSACTION = "/payload/psbt"


def _evaluate(rule: EscrowTermsRule, facts: SpendFacts) -> tuple[Condition, ...] | None:
    """Return the conditions of an escrow payout; None when the intent is of another kind."""
    if facts.intent.kind != "ESCROW_PAYOUT":
        return None
    known = equal(
        "terms_unknown",
        "/intent/source/terms",
        expected=facts.terms.hash if facts.terms else "registered terms",
        actual=facts.intent.source.terms,
    )
    if facts.terms is None:
        return (known,)
    return (
        known,
        equal("asset_differs", "/intent/asset", expected=facts.terms.asset, actual=facts.intent.asset),
        *_payees(facts, facts.terms),
        *_inputs(facts, facts.terms),
        *_outputs(facts),
        *_fee(facts, facts.terms),
    )


def _payees(facts: SpendFacts, terms: Terms) -> Iterator[Condition]:
    for index, payee in enumerate(facts.intent.payees):
        yield one_of(
            "payee_not_in_terms",
            f"/intent/payees/{index}/to",
            named="payouts and charges of the terms",
            actual=payee.to,
            holds=_is_named(payee, facts, terms),
        )


def _is_named(payee: Payee, facts: SpendFacts, terms: Terms) -> bool:
    """A payout address with any amount, or a charge with exactly its amount and only once."""
    if payee.to in {terms.payouts.buyer, terms.payouts.merchant}:
        return True
    charges = {(charge.to, charge.amount) for charge in terms.charges or ()}
    paid = [item.to for item in facts.intent.payees]
    return (payee.to, payee.amount) in charges and paid.count(payee.to) == 1


def _inputs(facts: SpendFacts, terms: Terms) -> Iterator[Condition]:
    if facts.account is not None:
        yield one_of(
            "account_foreign",
            "/payload",
            named="coins of the terms' script",
            actual=facts.account.address,
            holds=False,
        )
    for item in facts.inputs:
        yield equal("input_foreign", TRANSACTION, expected=terms.script, actual=item.script)


def _outputs(facts: SpendFacts) -> Iterator[Condition]:
    payees, outputs = facts.intent.payees, facts.outputs
    yield equal("output_count", TRANSACTION, expected=len(payees), actual=len(outputs))
    for payee, output in zip(payees, outputs, strict=False):
        expected = PaidOutput(to=payee.to, amount=payee.amount)
        yield equal("output_not_payee", TRANSACTION, expected=_words(expected), actual=_words(output))


def _words(output: PaidOutput) -> str:
    return f"{output.amount} to {output.to}"


def _fee(facts: SpendFacts, terms: Terms) -> Iterator[Condition]:
    limit = min(facts.intent.fee.max, terms.fee.max)
    yield at_least("fee_negative", TRANSACTION, limit=0, actual=facts.fee)
    yield at_most("fee_above_max", "/intent/fee/max", limit=limit, actual=facts.fee)


ESCROW_TERMS = RuleKind(evaluate=_evaluate, window=no_past)

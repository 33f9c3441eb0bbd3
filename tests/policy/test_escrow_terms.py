"""Rule ``escrow_terms``: each condition refuses on its own, and nothing else allows."""

from dataclasses import replace

import pytest

from custody.chains.bitcoin.psbt import decode
from custody.policy.engine import evaluate
from custody.policy.facts import PaidOutput, SpendFacts, SpentOutput, bitcoin_spend
from custody.statements.policy import EscrowTermsRule, Policy
from tests.chains import psbts
from tests.policy.cases import CHARGED_TERMS, MEDIATOR_FEE, STRANGER, paying, payout
from tests.statements.examples import INTENT, TERMS

POLICY = Policy(rules=(EscrowTermsRule(),))
BUYER, MERCHANT = TERMS.payouts.buyer, TERMS.payouts.merchant
OTHER_SCRIPT = TERMS.script.replace("5221", "5121", 1)


def spent(amount: int, *, script: str = TERMS.script, txid: str | None = None) -> SpentOutput:
    return SpentOutput(script=script, amount=amount, txid=txid)


def paid(to: str, amount: int) -> PaidOutput:
    return PaidOutput(to=to, amount=amount)


def charged(*payees: tuple[str, int]) -> SpendFacts:
    """A payout under terms with a charge of 5,000 to the mediator."""
    return payout(intent=paying(*payees, terms=CHARGED_TERMS), terms=CHARGED_TERMS)


ALLOWED = {
    "to the merchant": payout(),
    "to both parties": payout(intent=paying((BUYER, 400_000), (MERCHANT, 590_000))),
    "from two inputs": payout(inputs=(spent(600_000), spent(400_000))),
    "without a fee": payout(inputs=(spent(990_000),)),
    "with a charge": charged((MERCHANT, 985_000), (MEDIATOR_FEE, 5_000)),
}

TRANSACTION = "/payload/psbt"
FIRST_PAYEE, SECOND_PAYEE = "/intent/payees/0/to", "/intent/payees/1/to"
DENIED = {
    "another kind": (payout(intent=replace(INTENT, kind="REFUND")), "no_rule_allows", "/intent/kind"),
    "no terms": (payout(terms=None), "terms_unknown", "/intent/source/terms"),
    "other terms": (payout(terms=CHARGED_TERMS), "terms_unknown", "/intent/source/terms"),
    "another asset": (
        payout(intent=replace(INTENT, asset=f"{TERMS.chain}/slip44:2")),
        "asset_differs",
        "/intent/asset",
    ),
    "to a stranger": (payout(intent=paying((STRANGER, 990_000))), "payee_not_in_terms", FIRST_PAYEE),
    "to a stranger besides": (
        payout(intent=paying((MERCHANT, 500_000), (STRANGER, 490_000))),
        "payee_not_in_terms",
        SECOND_PAYEE,
    ),
    "a charge of another amount": (
        charged((MERCHANT, 984_999), (MEDIATOR_FEE, 5_001)),
        "payee_not_in_terms",
        SECOND_PAYEE,
    ),
    "a charge twice": (
        charged((MEDIATOR_FEE, 5_000), (MERCHANT, 980_000), (MEDIATOR_FEE, 5_000)),
        "payee_not_in_terms",
        FIRST_PAYEE,
    ),
    "from another script": (
        payout(inputs=(spent(1_000_000, script=OTHER_SCRIPT),)),
        "input_foreign",
        TRANSACTION,
    ),
    "from another script besides": (
        payout(inputs=(spent(995_000), spent(5_000, script=OTHER_SCRIPT))),
        "input_foreign",
        TRANSACTION,
    ),
    "an output left out": (payout(outputs=()), "output_count", TRANSACTION),
    "an output more": (
        payout(outputs=(paid(MERCHANT, 990_000), paid(STRANGER, 5_000))),
        "output_count",
        TRANSACTION,
    ),
    "an output elsewhere": (payout(outputs=(paid(BUYER, 990_000),)), "output_not_payee", TRANSACTION),
    "an output smaller": (payout(outputs=(paid(MERCHANT, 989_999),)), "output_not_payee", TRANSACTION),
    "outputs in another order": (
        payout(
            intent=paying((BUYER, 400_000), (MERCHANT, 590_000)),
            outputs=(paid(MERCHANT, 590_000), paid(BUYER, 400_000)),
        ),
        "output_not_payee",
        TRANSACTION,
    ),
    "no inputs": (payout(inputs=()), "fee_negative", TRANSACTION),
    "more out than in": (payout(inputs=(spent(989_999),)), "fee_negative", TRANSACTION),
    "a fee above the intent's": (payout(inputs=(spent(1_000_001),)), "fee_above_max", "/intent/fee/max"),
    "a fee above the terms'": (
        payout(intent=paying((MERCHANT, 979_999), fee=50_000)),
        "fee_above_max",
        "/intent/fee/max",
    ),
}


@pytest.mark.parametrize("facts", ALLOWED.values(), ids=ALLOWED.keys())
def test_allows_a_payout(facts: SpendFacts) -> None:
    decision = evaluate(POLICY, facts)
    assert decision.outcome == "ALLOW"
    assert decision.is_allowed
    assert decision.blocking is None
    assert [(step.rule, step.matched) for step in decision.trace] == [("escrow_terms", True)]


@pytest.mark.parametrize(("facts", "code", "field"), DENIED.values(), ids=DENIED.keys())
def test_denies_and_names_the_reason(facts: SpendFacts, code: str, field: str) -> None:
    decision = evaluate(POLICY, facts)
    assert decision.outcome == "DENY"
    assert not decision.is_allowed
    assert decision.blocking is not None
    assert (decision.blocking.code, decision.blocking.field) == (code, field)


def test_explains_with_expected_and_actual() -> None:
    decision = evaluate(POLICY, payout(inputs=(spent(1_000_001),)))
    assert decision.blocking is not None
    assert decision.blocking.to_json() == {
        "code": "fee_above_max",
        "field": "/intent/fee/max",
        "op": "<=",
        "expected": "10000",
        "actual": "10001",
        "holds": False,
    }


def test_builds_facts_from_a_decoded_psbt() -> None:
    intent = paying((MERCHANT, 900_000), (BUYER, 90_000))
    facts = bitcoin_spend(intent=intent, terms=TERMS, spend=decode(psbts.payout(), chain=TERMS.chain))
    txids = [item.txid for item in facts.inputs]
    assert txids == [decode(psbts.payout(), chain=TERMS.chain).inputs[0].txid] * 2
    assert facts.inputs == (spent(600_000, txid=txids[0]), spent(400_000, txid=txids[1]))
    assert facts.outputs == (paid(MERCHANT, 900_000), paid(BUYER, 90_000))
    assert facts.fee == 10_000
    assert evaluate(POLICY, facts).is_allowed

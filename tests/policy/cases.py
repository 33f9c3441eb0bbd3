"""An allowed escrow payout, made of the published intent and terms, and changes of it."""

from dataclasses import replace
from typing import Any

from custody.policy.facts import PaidOutput, SpendFacts, SpentOutput
from custody.statements.intent import Fee, Intent, Payee
from custody.statements.parts import MaxFee
from custody.statements.terms import Charge, Terms
from tests.statements.examples import INTENT, TERMS

MEDIATOR_FEE = "bcrt1qqqqsyqcyq5rqwzqfpg9scrgwpugpzysnard0ew"

STRANGER = "bcrt1qzs23v9ccrydpk8qarc0jqgfzyvjz2f38p4klvh"


def payout(*, intent: Intent = INTENT, terms: Terms | None = TERMS, **changes: Any) -> SpendFacts:
    """1,000,000 satoshi in, the payees of the intent out."""
    facts = SpendFacts(
        intent=intent,
        terms=terms,
        inputs=(SpentOutput(script=TERMS.script, amount=1_000_000),),
        outputs=tuple(PaidOutput(to=payee.to, amount=payee.amount) for payee in intent.payees),
    )
    return replace(facts, **changes)


def paying(*payees: tuple[str, int], terms: Terms = TERMS, fee: int = 10_000) -> Intent:
    """The published intent with other payees, bound to these terms."""
    return replace(
        INTENT,
        payees=tuple(Payee(to=to, amount=amount) for to, amount in payees),
        source=replace(INTENT.source, terms=terms.hash),
        fee=Fee(max=fee),
    )


CHARGED_TERMS = replace(TERMS, charges=(Charge(to=MEDIATOR_FEE, amount=5_000),), fee=MaxFee(max=20_000))

"""BTC_SPEND: our signatures on a payout of an escrow, or on a payment out of a wallet of our own."""

from typing import Any

from custody.common import money
from custody.hsm.signer.case import Effects
from custody.hsm.signer.final import check_final
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.kinds.spend_case import SpendCase
from custody.hsm.signer.rules.spend import SPEND_RULES


def _effects(case: SpendCase) -> Effects:
    return Effects(messages=case.messages, anchor=case.anchor, seen=_seen(case))


def _seen(case: SpendCase) -> dict[str, Any]:
    """What later decisions count: the amounts, and the statements that were proved."""
    spend = {
        "wallet": case.intent.source.wallet,
        "asset": case.intent.asset,
        "amount": money.write_amount(case.intent.total),
        "fee": money.write_amount(case.spend.fee),
    } | ({"mandate": case.mandate.mandate} if case.mandate else {})
    statements = list(case.verdicts.seen)
    return {"spend": spend} | ({"statements": statements} if statements else {})


BTC_SPEND = Kind(
    name="BTC_SPEND",
    purposes=frozenset({"mediator", "spend"}),
    reads=frozenset({"intent", "payload", "approvals", "mandate", "facts"}),
    case=SpendCase,
    rules=SPEND_RULES,
    effects=_effects,
    messages=lambda case: case.messages,
    check_made=check_final,
)

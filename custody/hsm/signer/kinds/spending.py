"""What granting an intent does, whatever its chain: it is signed once and counts from now on."""

from typing import Any

from custody.common import money
from custody.hsm.signer.case import Effects
from custody.hsm.signer.kinds.intent_case import IntentCase


def spending(case: IntentCase) -> Effects:
    """The messages under the intent's anchor, and what later decisions count."""
    return Effects(messages=case.messages, anchor=case.anchor, seen=_seen(case))


def _seen(case: IntentCase) -> dict[str, Any]:
    """The amounts, and the statements that were proved."""
    spend = {
        "wallet": case.intent.source.wallet,
        "asset": case.intent.asset,
        "amount": money.write_amount(case.intent.total),
        "fee": money.write_amount(case.paid.fee),
    } | ({"mandate": case.mandate.mandate} if case.mandate else {})
    if case.txid is not None:
        spend["txid"] = case.txid
    statements = list(case.verdicts.seen)
    return {"spend": spend} | ({"statements": statements} if statements else {})

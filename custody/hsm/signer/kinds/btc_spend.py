"""BTC_SPEND: the mediator's signatures on a payout of an escrow."""

from custody.hsm.signer.case import Effects
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.kinds.spend_case import SpendCase
from custody.hsm.signer.rules.spend import SPEND_RULES


def _effects(case: SpendCase) -> Effects:
    return Effects(messages=case.messages, anchor=case.anchor)


BTC_SPEND = Kind(
    name="BTC_SPEND",
    purpose="mediator",
    reads=frozenset({"intent", "payload"}),
    case=SpendCase,
    rules=(*SPEND_RULES,),
    effects=_effects,
    messages=lambda case: case.messages,
)

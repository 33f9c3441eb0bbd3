"""EVM_TX: a transaction of an account of ours that pays a coin or a token, or calls a listed method."""

from dataclasses import replace
from typing import Any

from custody.common import money
from custody.hsm.signer.case import Effects
from custody.hsm.signer.final_account import check_sent
from custody.hsm.signer.kinds.evm_case import EvmCase
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.kinds.spending import spending
from custody.hsm.signer.rules.account import EVM_RULES


def _effects(case: EvmCase) -> Effects:
    """What a later attempt on the same nonce is held against."""
    attempt: dict[str, Any] = {
        "intent_id": case.intent.id,
        "price": money.write_amount(case.transaction.fee_rate),
        "priority": money.write_amount(case.transaction.priority_rate),
    }
    if case.replaced is not None and case.replaced.intent != case.intent.hash:
        attempt["cancels"] = case.replaced.intent
    effects = spending(case)
    return replace(effects, seen=effects.seen | {"attempt": attempt})


EVM_TX = Kind(
    name="EVM_TX",
    purposes=frozenset({"spend"}),
    reads=frozenset({"intent", "payload", "approvals", "mandate", "facts"}),
    case=EvmCase,
    rules=EVM_RULES,
    effects=_effects,
    messages=lambda case: case.messages,
    check_made=check_sent,
)

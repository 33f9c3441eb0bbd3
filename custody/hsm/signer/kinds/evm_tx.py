"""EVM_TX: a transaction of an account of ours that pays a coin or a token, or calls a listed method."""

from custody.hsm.signer.final_account import check_sent
from custody.hsm.signer.kinds.evm_case import EvmCase
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.kinds.spending import spending
from custody.hsm.signer.rules.account import EVM_RULES

EVM_TX = Kind(
    name="EVM_TX",
    purposes=frozenset({"spend"}),
    reads=frozenset({"intent", "payload", "approvals", "mandate", "facts"}),
    case=EvmCase,
    rules=EVM_RULES,
    effects=spending,
    messages=lambda case: case.messages,
    check_made=check_sent,
)

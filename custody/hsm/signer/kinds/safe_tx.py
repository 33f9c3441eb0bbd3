"""SAFE_TX: our signature as an owner of a Safe on one payment out of it."""

from custody.hsm.signer.final_account import check_owner
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.kinds.safe_case import SafeCase
from custody.hsm.signer.kinds.spending import spending
from custody.hsm.signer.rules.account import SAFE_RULES

SAFE_TX = Kind(
    name="SAFE_TX",
    purposes=frozenset({"spend"}),
    reads=frozenset({"intent", "payload", "approvals", "mandate", "facts"}),
    case=SafeCase,
    rules=SAFE_RULES,
    effects=spending,
    messages=lambda case: case.messages,
    check_made=check_owner,
)

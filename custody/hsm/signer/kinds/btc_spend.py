"""BTC_SPEND: our signatures on a payout of an escrow, or on a payment out of a wallet of our own."""

from custody.hsm.signer.final import check_final
from custody.hsm.signer.kinds.kind import Kind
from custody.hsm.signer.kinds.spend_case import SpendCase
from custody.hsm.signer.kinds.spending import spending
from custody.hsm.signer.rules.spend import SPEND_RULES

BTC_SPEND = Kind(
    name="BTC_SPEND",
    purposes=frozenset({"mediator", "spend"}),
    reads=frozenset({"intent", "payload", "approvals", "mandate", "facts"}),
    case=SpendCase,
    rules=SPEND_RULES,
    effects=spending,
    messages=lambda case: case.messages,
    check_made=check_final,
)

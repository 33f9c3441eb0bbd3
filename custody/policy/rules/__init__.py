"""One file per rule kind, one line here; a kind that is not registered cannot be evaluated.

Only kinds in ``ALLOWING`` can allow a payment; all others can only forbid it.
"""

from typing import Any

from custody.policy.rules.amount import AMOUNT
from custody.policy.rules.cancel import CANCEL
from custody.policy.rules.deny import DENY
from custody.policy.rules.escrow_terms import ESCROW_TERMS
from custody.policy.rules.gas_price import GAS_PRICE
from custody.policy.rules.kind import RuleKind
from custody.policy.rules.payee import PAYEE
from custody.policy.rules.quorum import QUORUM
from custody.policy.rules.time import TIME
from custody.policy.rules.velocity import VELOCITY

RULES: dict[str, RuleKind[Any]] = {
    "amount": AMOUNT,
    "cancel": CANCEL,
    "deny": DENY,
    "escrow_terms": ESCROW_TERMS,
    "gas_price": GAS_PRICE,
    "payee": PAYEE,
    "quorum": QUORUM,
    "time": TIME,
    "velocity": VELOCITY,
}
ALLOWING = frozenset({"cancel", "escrow_terms", "mandate", "quorum"})

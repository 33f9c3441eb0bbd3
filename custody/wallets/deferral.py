"""Refusals of the signer whose reason may pass: the payment waits and the signer is asked again.

Any other refusal of a payment out of our own wallet is for good: a new intent is needed.
"""

from custody.hsm.selectors import result_of
from custody.wallets.models import TxAttempt

# Ends by itself or by a trust document: asked again now and then.
PASSING = frozenset({"killed", "held", "nobody_on_duty", "key_not_active"})
# Ends with another approval only.
LACKING = frozenset({"approvals_missing", "maker_has_not_signed", "expired", "bad_proof"})
DEFERRED = PASSING | LACKING


def is_deferred(attempt: TxAttempt) -> bool:
    """True when the last answer to the attempt's request is such a refusal."""
    result = result_of(attempt.signing_request) if attempt.signing_request else None
    return result is not None and result.outcome == "REFUSED" and result.rule in DEFERRED

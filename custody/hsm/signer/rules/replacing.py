"""Rules for a second transaction on a nonce: a replacement at a higher price, or a cancellation.

An account stands still while the transaction of its next nonce is not mined. So an intent may be signed
again on its own nonce, within what it may cost; and where that is not enough, people approve an intent
of kind CANCEL that uses the nonce up and moves nothing. At most one of them can confirm (trust.md 3).
"""

from custody.hsm.signer.kinds.account_case import PAYEE
from custody.hsm.signer.kinds.evm_case import CANCEL, EvmCase
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.intent import slots_are_free
from custody.hsm.signer.store import attempts, selectors

# Nodes take a replacement for an eighth more of both prices; some are content with a tenth.
RAISE = (9, 8)


def intent_keeps_its_nonce(case: EvmCase) -> None:
    """Signed on one nonce, and there no more once it was cancelled."""
    anchor = selectors.intent_anchor(case.intent.hash)
    if anchor is None:
        return
    last = attempts.last(anchor)
    if anchor != case.anchor.text or last is None:
        raise Refusal("intent_already_signed", "/intent")
    if last.intent != case.intent.hash:
        raise Refusal("intent_cancelled", "/intent")


def slot_is_free_or_replaced(case: EvmCase) -> None:
    if case.replaced is None:
        slots_are_free(case)


def replacement_pays_more(case: EvmCase) -> None:
    """Both prices rise by as much as nodes want, or the new transaction would be dropped."""
    if case.replaced is None:
        return
    new, old = case.transaction, case.replaced
    if not _is_raised(new.fee_rate, old.price):
        field = "max_fee_per_gas" if new.gas_price is None else "gas_price"
        raise Refusal("replacement_too_cheap", f"/payload/{field}")
    if not _is_raised(new.priority_rate, old.priority):
        raise Refusal("replacement_too_cheap", "/payload/max_priority_fee_per_gas")


def cancellation_moves_nothing(case: EvmCase) -> None:
    """Nothing of the chain's coin, from the account to itself."""
    if case.intent.kind != CANCEL:
        return
    if case.payee.to != case.address:
        raise Refusal("cancellation_pays", f"{PAYEE}/to")
    if case.payee.amount or case.asset.contract is not None:
        raise Refusal("cancellation_pays", f"{PAYEE}/amount")


def cancellation_names_its_intent(case: EvmCase) -> None:
    """What people agreed to cancel is what holds the nonce now, or it is their own word once more."""
    if case.intent.kind != CANCEL:
        return
    if case.replaced is None:
        raise Refusal("nothing_to_cancel", case.PLACES["nonce"])
    if case.intent.reason.ref != case.replaced.intent_id and case.replaced.intent != case.intent.hash:
        raise Refusal("cancels_another", "/intent/reason/ref")


def _is_raised(new: int, old: int) -> bool:
    more, of = RAISE
    return new > old and new * of >= old * more


REPLACING_RULES = (
    cancellation_moves_nothing,
    cancellation_names_its_intent,
    replacement_pays_more,
)

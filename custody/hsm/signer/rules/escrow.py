"""Rules for a payout of an escrow: only what its registered terms and its anchor allow."""

from custody.hsm.signer.kinds.spend_case import SpendCase
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors


def no_mandate(case: SpendCase) -> None:
    """Automatic releases need terms that allow them; there is no such template yet."""
    if case.request.mandate is not None:
        raise Refusal("part_not_supported", "/mandate")


def key_is_of_terms(case: SpendCase) -> None:
    if case.registered is not None and case.key.public_key != case.terms.keys.mediator:
        raise Refusal("key_not_of_terms", "/key")


def reason_is_of_terms(case: SpendCase) -> None:
    """The reason names the deal itself, so that a record of the spend leads to it."""
    if case.intent.reason.ref != case.terms.id:
        raise Refusal("deal_not_of_terms", "/intent/reason/ref")


def inputs_are_of_the_script(case: SpendCase) -> None:
    """Whatever the policy: only coins of the deal's own script are spent."""
    for index, item in enumerate(case.spend.inputs):
        if item.witness_script.hex() != case.terms.script:
            raise Refusal("input_not_of_source", f"/payload/psbt/inputs/{index}")


def coin_is_known(case: SpendCase) -> None:
    """Whether the lost part of a store has bound the deal to a coin nobody knows, until officers name one.

    Of a key made since then it is known: nothing was signed with it before.
    """
    if case.terms_anchor is None and selectors.is_of_before_recovery(case.key.id):
        raise Refusal("deal_coin_unknown", "/intent/source/terms")


def anchor_is_kept(case: SpendCase) -> None:
    """All intents of one deal share an anchor, so at most one of them can ever confirm."""
    anchor = case.terms_anchor
    if anchor is not None and anchor.outpoint not in case.spend.outpoints:
        raise Refusal("anchor_not_spent", "/payload/psbt/inputs")


ESCROW_RULES = (no_mandate,)
ESCROW_TRANSACTION_RULES = (
    key_is_of_terms,
    reason_is_of_terms,
    inputs_are_of_the_script,
    coin_is_known,
    anchor_is_kept,
)

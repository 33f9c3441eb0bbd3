"""Rules for an escrow spend: the intent, then the decoded transaction, then the journal's promises."""

from datetime import timedelta

from custody.hsm.signer.kinds.spend_case import SpendCase
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors
from custody.policy import engine

MAX_VALIDITY = timedelta(hours=72)
# 200 signatures of 64 bytes fit into one store entry; the rest of a deal is no larger.
MAX_INPUTS = 200


def escrow_intent(case: SpendCase) -> None:
    """This release pays out escrows and nothing else."""
    if case.intent.kind != "ESCROW_PAYOUT":
        raise Refusal("intent_kind", "/intent/kind")
    if case.intent.source.owner != "ESCROW":
        raise Refusal("intent_owner", "/intent/source/owner")


def intent_of_this_instance(case: SpendCase) -> None:
    if case.intent.instance != case.pinned.instance:
        raise Refusal("wrong_instance", "/intent/instance")


def policy_is_pinned(case: SpendCase) -> None:
    """An intent made under another policy is void (trust.md 2)."""
    if case.intent.policy != case.pinned.policy.hash:
        raise Refusal("policy_changed", "/intent/policy")


def maker_is_known(case: SpendCase) -> None:
    if not selectors.is_known_person(case.intent.maker, at=case.at):
        raise Refusal("unknown_maker", "/intent/maker")


def intent_is_in_time(case: SpendCase) -> None:
    """At most 72 hours, counted from the signer's first sight of the intent."""
    expires_at = case.intent.expires_at
    if expires_at <= case.at:
        raise Refusal("intent_expired", "/intent/expires_at")
    if expires_at > case.first_seen_at + MAX_VALIDITY:
        raise Refusal("validity_too_long", "/intent/expires_at")


def inputs_are_few(case: SpendCase) -> None:
    if len(case.spend.inputs) > MAX_INPUTS:
        raise Refusal("too_many_inputs", "/payload/psbt")


def policy_allows(case: SpendCase) -> None:
    """The pinned policy judges the signer's own facts; the refusal names its first failing condition."""
    decision = engine.evaluate(case.pinned.policy, case.facts)
    if not decision.is_allowed:
        blocking = decision.blocking
        raise Refusal(*(blocking.code, blocking.field) if blocking else ("policy_denied", "/intent"))


def key_is_of_terms(case: SpendCase) -> None:
    if case.key.public_key != case.terms.keys.mediator:
        raise Refusal("key_not_of_terms", "/key")


def reason_is_of_terms(case: SpendCase) -> None:
    """The reason names the deal itself, so that a record of the spend leads to it."""
    if case.intent.reason.ref != case.terms.id:
        raise Refusal("deal_not_of_terms", "/intent/reason/ref")


def transaction_is_the_intent(case: SpendCase) -> None:
    """Whatever the policy: spends only the source's script, pays exactly the payees, in order.

    A policy says what may be wanted; that the transaction does what is wanted is not its choice.
    """
    for index, item in enumerate(case.spend.inputs):
        if item.witness_script.hex() != case.terms.script:
            raise Refusal("input_not_of_source", f"/payload/psbt/inputs/{index}")
    wanted = [(payee.to, payee.amount) for payee in case.intent.payees]
    if [(output.address, output.amount) for output in case.spend.outputs] != wanted:
        raise Refusal("outputs_not_the_payees", "/payload/psbt/outputs")
    if case.spend.fee > case.intent.fee.max:
        raise Refusal("fee_above_intent", "/intent/fee/max")


def intent_is_unsigned(case: SpendCase) -> None:
    """No replacements: the first signed attempt of an intent is its only one."""
    if selectors.intent_anchor(case.intent.hash) is not None:
        raise Refusal("intent_already_signed", "/intent")


def anchor_is_kept(case: SpendCase) -> None:
    """All intents of one deal share an anchor, so at most one of them can ever confirm."""
    anchor = case.terms_anchor
    if anchor is not None and anchor.outpoint not in case.spend.outpoints:
        raise Refusal("anchor_not_spent", "/payload/psbt/inputs")


def slots_are_free(case: SpendCase) -> None:
    """A key signs one digest per outpoint, for ever."""
    for index, message in enumerate(case.messages):
        if selectors.digest_in(case.key.id, message.slot) is not None:
            raise Refusal("slot_already_signed", f"/payload/psbt/inputs/{index}")


SPEND_RULES = (
    escrow_intent,
    intent_of_this_instance,
    policy_is_pinned,
    maker_is_known,
    intent_is_in_time,
    inputs_are_few,
    policy_allows,
    key_is_of_terms,
    reason_is_of_terms,
    transaction_is_the_intent,
    intent_is_unsigned,
    anchor_is_kept,
    slots_are_free,
)

"""Rules for every Bitcoin spend: the intent, who approved it, what stands still, then the bytes.

What only an escrow or only a wallet must fulfil stands in files of its own.
"""

from collections.abc import Callable
from datetime import timedelta

from custody.chains.bitcoin.psbt import InputKind
from custody.hsm.signer.kinds.spend_case import SpendCase
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.escrow import ESCROW_RULES, ESCROW_TRANSACTION_RULES
from custody.hsm.signer.rules.standstill import STANDSTILL_RULES
from custody.hsm.signer.rules.wallet import WALLET_RULES, WALLET_TRANSACTION_RULES
from custody.hsm.signer.store import selectors
from custody.policy import engine

SpendRule = Callable[[SpendCase], None]

MAX_VALIDITY = timedelta(hours=72)
# 200 signatures of 64 bytes fit into one store entry; the rest of a deal is no larger.
MAX_INPUTS = 200
# Below it a sequence may mean a relative lock (BIP68); our own builder signals replaceability with it.
LEAST_SEQUENCE = 0xFFFFFFFD
# Whose money an intent of this kind moves.
OWNERS = {"ESCROW_PAYOUT": {"ESCROW"}, "TRANSFER": {"HOUSE"}, "SWEEP": {"HOUSE"}}


def kind_and_owner_fit(case: SpendCase) -> None:
    if case.intent.kind not in OWNERS:
        raise Refusal("intent_kind", "/intent/kind")
    if case.intent.source.owner not in OWNERS[case.intent.kind]:
        raise Refusal("intent_owner", "/intent/source/owner")


def key_is_for_the_source(case: SpendCase) -> None:
    """A mediator's key pays out of escrows, a wallet's key out of its wallet, and never otherwise."""
    if case.key.purpose != ("mediator" if case.is_escrow else "spend"):
        raise Refusal("wrong_key_purpose", "/key")


def intent_of_this_instance(case: SpendCase) -> None:
    if case.intent.instance != case.pinned.instance:
        raise Refusal("wrong_instance", "/intent/instance")


def policy_is_pinned(case: SpendCase) -> None:
    """An intent made under another policy is void (trust.md 2)."""
    if case.intent.policy != case.policy.hash:
        raise Refusal("policy_changed", "/intent/policy")


def maker_is_known(case: SpendCase) -> None:
    """A person or machine of the trust store; a mandated intent is made by its mandate."""
    if case.mandate is None and not case.trust.is_known(case.intent.maker, at=case.at):
        raise Refusal("unknown_maker", "/intent/maker")


def intent_is_in_time(case: SpendCase) -> None:
    """At most 72 hours, counted from the signer's first sight of the intent."""
    expires_at = case.intent.expires_at
    if expires_at <= case.at:
        raise Refusal("intent_expired", "/intent/expires_at")
    if expires_at > case.first_seen_at + MAX_VALIDITY:
        raise Refusal("validity_too_long", "/intent/expires_at")


def approvals_hold(case: SpendCase) -> None:
    """Every statement that came along is proved; one rejection ends the intent."""
    _ = case.verdicts


def inputs_are_few(case: SpendCase) -> None:
    if len(case.spend.inputs) > MAX_INPUTS:
        raise Refusal("too_many_inputs", "/payload/psbt")


def inputs_can_be_signed(case: SpendCase) -> None:
    """No token signs BIP340; taproot coins are for threshold keys."""
    for index, item in enumerate(case.spend.inputs):
        if item.kind is InputKind.P2TR:
            raise Refusal("no_schnorr_backend", f"/payload/psbt/inputs/{index}")


def timelocks_are_unused(case: SpendCase) -> None:
    """A payment that could be sent only later would be signed now for facts of then."""
    if case.spend.locktime:
        raise Refusal("locktime_used", "/payload/psbt/locktime")
    for index, item in enumerate(case.spend.inputs):
        if item.sequence < LEAST_SEQUENCE:
            raise Refusal("relative_lock_used", f"/payload/psbt/inputs/{index}/sequence")


def payees_are_not_denied(case: SpendCase) -> None:
    """Whatever the policy: nobody on the pinned deny list is paid."""
    for index, payee in enumerate(case.intent.payees):
        if case.trust.is_denied(payee.to, chain=case.intent.chain):
            raise Refusal("payee_denied", f"/intent/payees/{index}/to")


def policy_allows(case: SpendCase) -> None:
    """The pinned policy judges the signer's own facts; the refusal names its first failing condition."""
    decision = engine.evaluate(case.policy, case.facts)
    if not decision.is_allowed:
        blocking = decision.blocking
        raise Refusal(*(blocking.code, blocking.field) if blocking else ("policy_denied", "/intent"))


def outputs_are_the_payees(case: SpendCase) -> None:
    """Whatever the policy: the transaction pays exactly the payees, in order, and nothing else.

    A policy says what may be wanted; that the transaction does what is wanted is not its choice.
    """
    wanted = [(payee.to, payee.amount) for payee in case.intent.payees]
    if [(output.address, output.amount) for output in case.spend.outputs] != wanted:
        raise Refusal("outputs_not_the_payees", "/payload/psbt/outputs")
    if case.spend.fee > case.intent.fee.max:
        raise Refusal("fee_above_intent", "/intent/fee/max")


def intent_is_unsigned(case: SpendCase) -> None:
    """No replacements: the first signed attempt of an intent is its only one."""
    if selectors.intent_anchor(case.intent.hash) is not None:
        raise Refusal("intent_already_signed", "/intent")


def slots_are_free(case: SpendCase) -> None:
    """A key signs one digest per outpoint, for ever."""
    for index, message in enumerate(case.messages):
        if selectors.digest_in(case.key.id, message.slot) is not None:
            raise Refusal("slot_already_signed", f"/payload/psbt/inputs/{index}")


def _only(applies: Callable[[SpendCase], bool], rules: tuple[SpendRule, ...]) -> tuple[SpendRule, ...]:
    def only(rule: SpendRule) -> SpendRule:
        return lambda case: rule(case) if applies(case) else None

    return tuple(only(rule) for rule in rules)


def _of_escrow(*rules: SpendRule) -> tuple[SpendRule, ...]:
    return _only(lambda case: case.is_escrow, rules)


def _of_wallet(*rules: SpendRule) -> tuple[SpendRule, ...]:
    return _only(lambda case: not case.is_escrow, rules)


SPEND_RULES: tuple[SpendRule, ...] = (
    kind_and_owner_fit,
    key_is_for_the_source,
    *_of_escrow(*ESCROW_RULES),
    intent_of_this_instance,
    policy_is_pinned,
    maker_is_known,
    intent_is_in_time,
    approvals_hold,
    *_of_wallet(*WALLET_RULES),
    *STANDSTILL_RULES,
    inputs_are_few,
    inputs_can_be_signed,
    timelocks_are_unused,
    payees_are_not_denied,
    policy_allows,
    intent_is_unsigned,
    *_of_escrow(*ESCROW_TRANSACTION_RULES),
    *_of_wallet(*WALLET_TRANSACTION_RULES),
    outputs_are_the_payees,
    slots_are_free,
)

"""Rules for every Bitcoin spend: those of every intent, then the bytes.

What only an escrow must fulfil stands in a file of its own.
"""

from collections.abc import Callable

from custody.chains.bitcoin.psbt import InputKind
from custody.hsm.signer.kinds.spend_case import SpendCase
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.escrow import ESCROW_RULES, ESCROW_TRANSACTION_RULES
from custody.hsm.signer.rules.intent import (
    INTENT_RULES,
    OwnersOf,
    fee_is_within_the_intent,
    intent_is_unsigned,
    payees_are_not_denied,
    policy_allows,
    slots_are_free,
)
from custody.hsm.signer.rules.standstill import STANDSTILL_RULES
from custody.hsm.signer.rules.wallet import WALLET_RULES

SpendRule = Callable[[SpendCase], None]

# 200 signatures of 64 bytes fit into one store entry; the rest of a deal is no larger.
MAX_INPUTS = 200
# Below it a sequence may mean a relative lock (BIP68); our own builder signals replaceability with it.
LEAST_SEQUENCE = 0xFFFFFFFD
OWNERS = {
    "ESCROW_PAYOUT": frozenset({"ESCROW"}),
    "TRANSFER": frozenset({"HOUSE"}),
    "SWEEP": frozenset({"HOUSE"}),
}


def key_is_for_the_source(case: SpendCase) -> None:
    """A mediator's key pays out of escrows, a wallet's key out of its wallet, and never otherwise."""
    if case.key.purpose != ("mediator" if case.is_escrow else "spend"):
        raise Refusal("wrong_key_purpose", "/key")


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


def inputs_are_of_the_wallet(case: SpendCase) -> None:
    """Only coins of the key's own addresses; there is no other change than to spend all of them."""
    for index, item in enumerate(case.spend.inputs):
        if case.number_of(item) is None:
            raise Refusal("input_not_of_source", f"/payload/psbt/inputs/{index}")


def outputs_are_the_payees(case: SpendCase) -> None:
    """Whatever the policy: the transaction pays exactly the payees, in order, and nothing else.

    A policy says what may be wanted; that the transaction does what is wanted is not its choice.
    """
    wanted = [(payee.to, payee.amount) for payee in case.intent.payees]
    if [(output.address, output.amount) for output in case.spend.outputs] != wanted:
        raise Refusal("outputs_not_the_payees", "/payload/psbt/outputs")


def fee_is_relayed(case: SpendCase) -> None:
    """Nodes drop what pays less than one satoshi per virtual byte, and its coins would be signed away."""
    if case.spend.fee < case.spend.least_vsize:
        raise Refusal("fee_too_low", "/payload/psbt/outputs")


def fee_rate_is_within_the_intent(case: SpendCase) -> None:
    """Satoshi per 1000 virtual bytes, where the intent names a limit (trust.md 10)."""
    limit = case.intent.fee.rate_max
    if limit is not None and case.spend.fee * 1000 > limit * case.spend.least_vsize:
        raise Refusal("fee_rate_above_intent", "/intent/fee/rate_max")


def _only(applies: Callable[[SpendCase], bool], rules: tuple[SpendRule, ...]) -> tuple[SpendRule, ...]:
    def only(rule: SpendRule) -> SpendRule:
        return lambda case: rule(case) if applies(case) else None

    return tuple(only(rule) for rule in rules)


def _of_escrow(*rules: SpendRule) -> tuple[SpendRule, ...]:
    return _only(lambda case: case.is_escrow, rules)


def _of_wallet(*rules: SpendRule) -> tuple[SpendRule, ...]:
    return _only(lambda case: not case.is_escrow, rules)


SPEND_RULES: tuple[SpendRule, ...] = (
    OwnersOf(OWNERS),
    key_is_for_the_source,
    *_of_escrow(*ESCROW_RULES),
    *INTENT_RULES,
    *_of_wallet(*WALLET_RULES),
    *STANDSTILL_RULES,
    inputs_are_few,
    inputs_can_be_signed,
    timelocks_are_unused,
    payees_are_not_denied,
    policy_allows,
    intent_is_unsigned,
    *_of_escrow(*ESCROW_TRANSACTION_RULES),
    *_of_wallet(inputs_are_of_the_wallet),
    outputs_are_the_payees,
    fee_is_within_the_intent,
    fee_rate_is_within_the_intent,
    fee_is_relayed,
    slots_are_free,
)

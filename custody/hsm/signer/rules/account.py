"""Rules for calls on EVM chains, of an account or of a Safe: the right chain, one payee, no hidden right."""

from typing import TypeVar

from custody.chains.evm.denied import denied
from custody.hsm.signer.kinds.account_case import PAYEE, AccountCase
from custody.hsm.signer.kinds.evm_case import EvmCase
from custody.hsm.signer.kinds.kind import Rule
from custody.hsm.signer.kinds.safe_case import SafeCase
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.intent import (
    INTENT_RULES,
    OwnersOf,
    fee_is_within_the_intent,
    intent_is_unsigned,
    payees_are_not_denied,
    policy_allows,
    slots_are_free,
)
from custody.hsm.signer.rules.replacing import (
    REPLACING_RULES,
    intent_keeps_its_nonce,
    slot_is_free_or_replaced,
)
from custody.hsm.signer.rules.standstill import STANDSTILL_RULES
from custody.hsm.signer.rules.wallet import WALLET_RULES
from custody.hsm.signer.store import selectors

C = TypeVar("C", bound=AccountCase)

HOUSE = frozenset({"HOUSE"})


def chain_is_of_the_intent(case: AccountCase) -> None:
    if case.chain != case.intent.chain:
        raise Refusal("wrong_chain", case.PLACES["chain"])


def no_right_is_given_away(case: AccountCase) -> None:
    """Whatever the policy and the lists of methods: nothing that lets others move the asset later."""
    code = denied(to=case.call.to, data=case.call.data)
    if code is not None:
        raise Refusal(code, case.PLACES["data"])


def bytes_are_understood(case: AccountCase) -> None:
    """Every byte of the call is a payment of the asset, or arguments of a listed method."""
    _ = case.paid


def arguments_are_not_denied(case: AccountCase) -> None:
    """A denied address is not named in a call either."""
    if case.payee.call is not None and any(
        case.trust.is_denied(text, chain=case.intent.chain) for text in _texts(case.payee.call.args)
    ):
        raise Refusal("payee_denied", f"{PAYEE}/call/args")


def call_pays_the_payee(case: AccountCase) -> None:
    """Whatever the policy: the decoded call pays exactly the payee."""
    (output,) = case.paid.outputs
    in_data = case.payee.call is None and case.asset.contract is not None
    if output.to != case.payee.to:
        raise Refusal("payee_differs", case.PLACES["data" if in_data else "to"])
    if output.amount != case.payee.amount:
        raise Refusal("amount_differs", case.PLACES["data" if in_data else "value"])


def key_pays_itself(case: EvmCase) -> None:
    """An owner's key of a Safe signs for its Safe and for nothing else."""
    if case.wallet.safe is not None:
        raise Refusal("wallet_is_a_safe", "/key")


def price_is_within_the_intent(case: EvmCase) -> None:
    limit = case.intent.fee.rate_max
    if limit is not None and case.transaction.fee_rate > limit:
        raise Refusal("fee_rate_above_intent", "/intent/fee/rate_max")


def nonce_is_the_next(case: EvmCase) -> None:
    """Our own journal says which comes, from zero on; an account that was used elsewhere goes on where
    officers say (trust.md 3). What replaces a transaction uses its nonce.
    """
    if case.replaced is not None:
        return
    if case.anchor.nonce != (selectors.next_nonce(case.anchor.chain, case.anchor.account) or 0):
        raise Refusal("nonce_not_next", case.PLACES["nonce"])


def safe_is_pinned(case: SafeCase) -> None:
    if case.wallet.safe is None:
        raise Refusal("wallet_is_no_safe", "/key")
    if case.safe_tx.safe != case.wallet.safe:
        raise Refusal("safe_of_another_wallet", "/payload/typed_data/domain/verifyingContract")


def safe_intent_is_unsigned(case: SafeCase) -> None:
    """A Safe may want several owners of ours: each signs the one transaction of the intent once."""
    if not _is_shared(case):
        intent_is_unsigned(case)


def _is_shared(case: SafeCase) -> bool:
    """Another key of ours has signed the very same digest for this intent, and this one has not."""
    (message,) = case.messages
    return (
        selectors.intent_anchor(case.intent.hash) == case.anchor.text
        and selectors.digests_in(message.slot) == {message.digest.hex()}
        and selectors.digest_in(case.key.id, message.slot) is None
    )


def nonce_of_the_safe_is_free(case: SafeCase) -> None:
    """Other owners use nonces too, so there may be gaps; our keys sign one transaction on each."""
    used = selectors.is_nonce_used(case.anchor.chain, case.anchor.account, case.anchor.nonce)
    if used and not _is_shared(case):
        raise Refusal("nonce_used", case.PLACES["nonce"])


def _texts(value: object) -> list[str]:
    """All texts in a JSON value."""
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return [text for item in items for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def _rules(
    *, owners: dict[str, frozenset[str]], account: tuple[Rule[C], ...], cost: tuple[Rule[C], ...] = (),
    slot: Rule[C], nonce: Rule[C], unsigned: Rule[C],
) -> tuple[Rule[C], ...]:  # fmt: skip
    return (
        OwnersOf(owners),
        *INTENT_RULES,
        *WALLET_RULES,
        *STANDSTILL_RULES,
        *account,
        chain_is_of_the_intent,
        no_right_is_given_away,
        bytes_are_understood,
        payees_are_not_denied,
        arguments_are_not_denied,
        policy_allows,
        unsigned,
        call_pays_the_payee,
        fee_is_within_the_intent,
        *cost,
        slot,
        nonce,
    )


EVM_RULES: tuple[Rule[EvmCase], ...] = _rules(
    owners={"TRANSFER": HOUSE, "SWEEP": HOUSE, "CONTRACT_CALL": HOUSE, "CANCEL": HOUSE},
    account=(key_pays_itself,),
    cost=(price_is_within_the_intent, *REPLACING_RULES),
    slot=slot_is_free_or_replaced,
    nonce=nonce_is_the_next,
    unsigned=intent_keeps_its_nonce,
)
SAFE_RULES: tuple[Rule[SafeCase], ...] = _rules(
    owners={"SAFE": HOUSE},
    account=(safe_is_pinned,),
    slot=slots_are_free,
    nonce=nonce_of_the_safe_is_free,
    unsigned=safe_intent_is_unsigned,
)

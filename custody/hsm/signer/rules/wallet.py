"""Rules for a wallet of our own: the key's activation says whose it is and what it may do (trust.md 7)."""

from custody.hsm.signer.kinds.intent_case import APPROVALS, IntentCase
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.rules.common import check_cryptoperiod


def key_is_of_wallet(case: IntentCase) -> None:
    source, wallet = case.intent.source, case.wallet
    if wallet.wallet != source.wallet:
        raise Refusal("wallet_of_another_key", "/intent/source/wallet")
    if (wallet.owner, wallet.client) != (source.owner, source.client):
        raise Refusal("owner_not_of_wallet", "/intent/source/owner")
    if wallet.chain != case.intent.chain:
        raise Refusal("chain_not_of_wallet", "/intent/asset")


def key_is_in_its_cryptoperiod(case: IntentCase) -> None:
    check_cryptoperiod(case.activation, at=case.at, culprit="/key")


def key_is_of_this_business(case: IntentCase) -> None:
    """A one-time key serves the business it was made for, and no other."""
    if case.key.one_time is not None and case.intent.reason.ref != case.key.one_time.ref:
        raise Refusal("key_of_another_business", "/intent/reason/ref")


def maker_has_signed(case: IntentCase) -> None:
    """The maker's statement proves the making; without a person there must be a mandate."""
    if case.mandate is None and case.intent.maker not in case.verdicts.roles:
        raise Refusal("maker_has_not_signed", APPROVALS)


def mandate_is_of_this_key(case: IntentCase) -> None:
    if case.mandate is not None and case.mandate.key != case.key.id:
        raise Refusal("mandate_of_another_key", "/mandate")


def somebody_is_on_duty(case: IntentCase) -> None:
    """Mandates and hot keys stop by themselves when nobody renews the lease (trust.md 21)."""
    if (case.mandate is not None or case.wallet.tier == "HOT") and not case.trust.duty(at=case.at):
        raise Refusal("nobody_on_duty", "/key")


def limits_of_the_key(case: IntentCase) -> None:
    """Narrower than any policy, fixed with the activation."""
    limits, intent = case.wallet.limits, case.intent
    if limits is None:
        return
    if limits.kinds is not None and intent.kind not in limits.kinds:
        raise Refusal("key_limit_kind", "/intent/kind")
    for index, payee in enumerate(intent.payees):
        if limits.payees is not None and payee.to not in limits.payees:
            raise Refusal("key_limit_payee", f"/intent/payees/{index}/to")
    if limits.amount_max is not None and intent.total > limits.amount_max:
        raise Refusal("key_limit_amount", "/intent/payees")
    if limits.fee_max is not None and intent.fee.max > limits.fee_max:
        raise Refusal("key_limit_fee", "/intent/fee/max")


WALLET_RULES = (
    key_is_of_wallet,
    key_is_of_this_business,
    key_is_in_its_cryptoperiod,
    maker_has_signed,
    mandate_is_of_this_key,
    somebody_is_on_duty,
    limits_of_the_key,
)

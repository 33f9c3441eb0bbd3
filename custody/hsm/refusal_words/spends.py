"""Payments: what the signer refuses, each rule in one sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "intent_of_before_recovery": _(
        "The part of the store that was lost may have seen this payment; make it anew, for 72 hours."
    ),
    "past_of_before_recovery": _(
        "What was paid before the store was lost is not known; wait until the window has passed."
    ),
    "amount_above_max": _("The amount is above the policy's limit."),
    "anchor_not_spent": _(
        "The transaction does not spend the coin to which the first signed attempt bound this deal."
    ),
    "asset_differs": _("The asset is not that of the terms."),
    "chain_not_of_wallet": _("The chain is not that of the wallet."),
    "cryptoperiod_over": _("The key's cryptoperiod does not cover this moment."),
    "coin_not_of_deal": _("That output is not at the address of the deal."),
    "deal_coin_unknown": _(
        "The part of the store that was lost may have bound this deal to a coin; officers must name it first."
    ),
    "deal_is_bound": _("The deal is bound to a coin already."),
    "deal_not_of_terms": _("The deal named is not that of the terms."),
    "denied_by_rule": _("A rule of the policy denies this payment."),
    "fee_above_intent": _("The fee is higher than the intent allows."),
    "fee_above_max": _("The fee is higher than terms and intent allow."),
    "fee_negative": _("The outputs are worth more than the inputs."),
    "fee_rate_above_intent": _("The fee per byte or per gas is above what the intent allows."),
    "fee_too_low": _("The fee is so low that nodes do not pass the payment on."),
    "held": _("A hold stands on something this payment touches."),
    "input_foreign": _("An input is not of the deal's script."),
    "input_not_of_source": _("An input is not of the paying wallet."),
    "intent_already_signed": _("This intent was signed before; each is signed once."),
    "intent_expired": _("The time of the intent is over."),
    "intent_kind": _("This kind of payment is not signed."),
    "intent_owner": _("This kind of payment moves money of another owner."),
    "key_limit_amount": _("The amount is above the limit of the key."),
    "key_limit_fee": _("The fee is above the limit of the key."),
    "key_limit_kind": _("The key may not be used for this kind of payment."),
    "key_limit_payee": _("The key may not pay this address."),
    "key_not_activated": _("The key was never activated by a trust document."),
    "key_not_of_terms": _("The key is not the one in the terms."),
    "key_without_wallet": _("The key belongs to no wallet of this chain."),
    "killed": _("The key is killed until officers sign a RESTART."),
    "mandate_asset": _("The mandate is for another asset."),
    "mandate_cap": _("The amount is above the mandate's limit per payment."),
    "mandate_cap_window": _("The amounts of the window are above the mandate's limit."),
    "mandate_destination": _("The payee is no destination of the mandate."),
    "mandate_fee": _("The fee is above the mandate's limit."),
    "mandate_fee_window": _("The fees of the window are above the mandate's limit."),
    "mandate_kind": _("The mandate is for another kind of payment."),
    "mandate_need": _("A fact that the mandate needs is missing, too old or not deep enough."),
    "mandate_of_another_key": _("The mandate is for another key."),
    "mandate_of_another_maker": _("The intent was not made by the mandate."),
    "mandate_past": _("What the mandate spent before is not known."),
    "no_rule_allows": _("No rule of the policy allows this payment."),
    "no_schnorr_backend": _("Taproot coins are not signed here."),
    "no_such_mandate": _("There is no such mandate, or its time is over."),
    "nobody_on_duty": _("Nobody is on duty: hot keys and mandates stand still."),
    "output_count": _("The transaction has other outputs than the payees."),
    "output_not_payee": _("An output is not the payee it should be."),
    "outputs_not_the_payees": _("The transaction pays others than the payees of the intent."),
    "outside_hours": _("The policy allows this payment at other times only."),
    "owner_not_of_wallet": _("The owner named is not that of the wallet."),
    "payee_denied": _("The payee stands on the pinned deny list."),
    "payee_not_allowed": _("The policy does not allow this payee."),
    "payee_not_in_terms": _("The payee is not named in the terms."),
    "policy_denied": _("The policy denies this payment."),
    "slot_already_signed": _(
        "This key has signed something else for the same place before; it signs one thing once."
    ),
    "terms_unknown": _("The signer knows no such terms."),
    "too_many_inputs": _("The transaction has too many inputs."),
    "validity_too_long": _("It would count longer than is allowed."),
    "velocity_above_max": _("The amounts of the window are above the policy's limit."),
    "velocity_unknown": _("What the wallet spent before is not known."),
    "wallet_of_another_key": _("The wallet belongs to another key."),
}

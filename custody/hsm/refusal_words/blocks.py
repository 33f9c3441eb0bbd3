"""Blocks, addresses, certificate requests, critical actions: each rule of the signer in one sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "action_not_of_key": _("The key was not taken into use for this action."),
    "address_index_too_far": _("The number is too far beyond the last address that was issued."),
    "address_index": _("This wallet has one address, number zero."),
    "block_coinbase": _("The coinbase of the block is not in form."),
    "block_double_spend": _("The block spends a coin twice."),
    "block_fee_negative": _("A transaction of the block pays out more than it spends."),
    "block_foreign_payee": _("The coinbase pays somebody who is not pinned."),
    "block_height": _("The height in the coinbase is another one."),
    "block_key_of_before_recovery": _("The key may have signed blocks that were lost; take a new one."),
    "block_merkle_root": _("The header does not fit the transactions."),
    "block_not_above_last": _("A block of this height and round was signed before."),
    "block_previous_missing": _("A previous transaction for the fees is missing."),
    "block_repeated_transactions": _("The list of transactions repeats itself."),
    "block_reward": _("The coinbase takes more than subsidy and fees."),
    "block_time": _("The time of the block is outside the window."),
    "block_transaction_size": _("A transaction of the block has 64 bytes."),
    "block_version": _("The version of the block is not allowed."),
    "block_weight": _("The block is too heavy."),
    "block_witness_commitment": _("The coinbase does not commit to the witnesses."),
    "chain_without_addresses": _("Addresses of this chain are not attested."),
    "csr_attribute": _("The certificate request has an attribute that is not allowed."),
    "csr_extension": _("The certificate request asks for usages of another kind."),
    "csr_version": _("The version of the certificate request is unknown."),
    "foreign_public_key": _("The certificate request is for another key."),
    "foreign_subject": _("The certificate request is in another name."),
    "key_without_block_binding": _("The key is bound to no chain of blocks."),
    "not_a_certificate_request": _("This is no certificate request."),
    "system_not_of_key": _("The key was taken into use for another system."),
    "unknown_wallet": _("No key of the catalogue belongs to this wallet."),
}

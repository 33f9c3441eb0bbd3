"""Bytes of transactions: what the signer refuses, each rule in one sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "bad_address": _("This is no address."),
    "bad_public_key": _("This is no public key."),
    "duplicate_key": _("A key stands twice in the script."),
    "dust": _("An output is too small to be sent."),
    "key_count": _("The script has too many keys, or too few."),
    "malformed": _("The transaction cannot be read."),
    "psbt_address_altered": _("An address of the transaction was altered."),
    "psbt_altered": _("The transaction was altered."),
    "psbt_amount_altered": _("An amount of the transaction was altered."),
    "psbt_duplicate_input": _("A coin is spent twice."),
    "psbt_fee_negative": _("The transaction pays out more than it takes in."),
    "psbt_final": _("The transaction is final already."),
    "psbt_foreign_key": _("A key is not of the script."),
    "psbt_header_altered": _("Version or lock time was altered."),
    "psbt_incomplete": _("Signatures are missing."),
    "psbt_input_altered": _("An input of the transaction was altered."),
    "psbt_malformed": _("The PSBT cannot be read."),
    "psbt_missing_field": _("The PSBT lacks a field that is needed to check it."),
    "psbt_no_finalizer": _("Nobody knows how this script is completed."),
    "psbt_output_count_altered": _("Outputs were added or removed."),
    "psbt_previous_mismatch": _("A previous transaction is not that of its input."),
    "psbt_script": _("A script of the PSBT does not fit its coin."),
    "psbt_sequence_altered": _("A sequence number was altered."),
    "psbt_sighash": _("The signature would not cover the whole transaction."),
    "psbt_signature_invalid": _("A signature in the PSBT does not verify."),
    "psbt_unknown_field": _("The PSBT has a field nobody here knows."),
    "psbt_version": _("The PSBT has an unknown version."),
    "unknown_chain": _("This chain is not known."),
    "unknown_output_script": _("An output pays a script that no address describes."),
    "unknown_script": _("The script is of no kind that is signed here."),
    "wrong_network": _("The address is of another network."),
}

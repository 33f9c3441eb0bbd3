"""The request as such: what the signer refuses, each rule in one sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "address_mismatch": _("The address does not belong to the script."),
    "bad_amount": _("An amount is not written as documents write it."),
    "bad_field": _("A field is missing, unknown or not in its one written form."),
    "bad_id": _("An id is not well-formed."),
    "clock_not_trusted": _("The signer's clock jumped; somebody has to confirm it at the console."),
    "declined_at_console": _("The custodian at the offline signer's console declined."),
    "empty_trust_store": _("The signer has no genesis yet and signs nothing."),
    "foreign_request_id": _("The request carries the id of another one."),
    "invalid_input": _("The request is malformed."),
    "key_not_active": _("The key is not active."),
    "mailbox_unavailable": _("The signer could not reach the main database."),
    "no_rules": _("The signer has no rules for this kind of request, so it signs none."),
    "not_canonical": _("The bytes are not in canonical form."),
    "not_a_person": _("A machine rejects nothing; only people do."),
    "not_now": _("It is not signed now; the request is repeated."),
    "not_understood": _("The signer does not understand the bytes; no rule grants them."),
    "order_unreadable": _("What lay among the orders of the console is no order; it was set aside."),
    "part_not_supported": _("The request carries a part that nothing here verifies."),
    "promise_lost": _("The signer's store has lost a promise that its journal knows; it stopped."),
    "promise_broken": _(
        "The signer's store itself refused: it would have broken a promise, such as one signature per coin."
    ),
    "refused": _("The signer refused."),
    "request_changed": _("A known request came with other bytes."),
    "store_behind_head": _("The signer's store is older than its last signed head; it stopped."),
    "store_locked": _("Another signer holds the store."),
    "store_not_ours": _("Another signer writes to the store; this one stopped."),
    "store_stopped": _("The signer's store stopped."),
    "store_unavailable": _("The signer could not write its journal; the request is repeated."),
    "token_pin_missing": _("The signer has no PIN for the token."),
    "token_pin_refused": _("The token refused the PIN; it is not tried again."),
    "token_result_wrong": _("The token's signature does not verify; the key was suspended."),
    "token_unavailable": _("The token does not answer; the request is repeated."),
    "unavailable": _("A component does not answer; the request is repeated."),
    "unfinished": _("The signer was interrupted; the request is repeated."),
    "unknown_key": _("The signer knows no such key."),
    "wrong_instance": _("The document is of another installation."),
    "wrong_key_purpose": _("The key is for another purpose."),
}

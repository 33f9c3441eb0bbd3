"""Terms, proofs of keys, seals, checkpoints and heads: what the signer refuses, each rule in one sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "attribute_with_many_values": _("An attribute of the seal has more than one value."),
    "challenge_expired": _("The time of the challenge is over."),
    "content_type_not_data": _("The seal is about something other than data."),
    "digest_not_sha256": _("The seal does not use SHA-256."),
    "certificate_expired": _("The certificate of the seal is not valid now."),
    "foreign_certificate": _("The seal names another certificate."),
    "foreign_key": _("A key in it is not that of its role."),
    "foreign_role": _("Our key proves no other role than the mediator's."),
    "head_is_known": _("The signer knows this head; its store was not rewound."),
    "head_of_another_key": _("The head is signed by no key of this signer."),
    "head_of_before_recovery": _("The head is of the part that officers have given up for lost."),
    "key_not_proven": _("A party has not proven its key."),
    "no_entries": _("The checkpoint has nothing new to seal."),
    "newer_head_presented": _(
        "Somebody presented a signed head that the signer's store does not know; it has stopped."
    ),
    "no_certificate_of_use": _("The seal key has no certificate for this use."),
    "no_signed_head": _("This is no signed head."),
    "not_cms_attributes": _("These are no signed attributes of a seal."),
    "not_our_entries": _("The entries are not those of the signer's own journal."),
    "not_seal_attributes": _("The signed attributes are not those of a seal."),
    "not_the_next_position": _("The checkpoint does not continue the last one."),
    "release_needs_approvals": _("A released seal needs two approvals."),
    "release_of_another_file": _("People have released another file than the one to be sealed."),
    "script_already_registered": _("This script is bound to other terms for ever."),
    "script_mismatch": _("The script does not follow from template and keys."),
    "signature_missing": _("The signature of a party is missing."),
    "unknown_mediator": _("The mediator is nobody the trust store knows."),
}

"""People, approvals and what they prove: what the signer refuses, each rule in one sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "approval_of_another_subject": _("An approval is about another document."),
    "approvals_missing": _("Too few people with the needed role have approved."),
    "bad_proof": _("A signature does not prove what it should."),
    "expired": _("A document, statement or credential has expired."),
    "fact_of_the_future": _("A fact of the witness is dated in the future."),
    "maker_has_not_signed": _("The maker has not signed."),
    "nonce_used": _("A nonce was used for another statement before."),
    "policy_changed": _("Another policy counts now than when this was made or approved."),
    "rejected": _("Somebody who may do so has rejected it; that ends it for good."),
    "statement_outlives_subject": _("An approval counts longer than what it is about."),
    "unknown_maker": _("The maker is nobody the trust store knows now."),
    "unknown_witness": _("The fact is signed by no witness that is pinned now."),
}

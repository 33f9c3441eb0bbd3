"""Trust documents: what the signer refuses, each rule in one sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "credential_of_another": _("This credential belongs to somebody else already."),
    "illegal_key_state": _("The key cannot go from its state to this one."),
    "key_not_pre_active": _("The key is in use already, or no more."),
    "lease_of_another": _("Who goes on duty has to say so for themselves."),
    "lease_too_long": _("A lease is for at most 24 hours from now."),
    "no_such_hold": _("There is no such hold."),
    "no_such_kill": _("There is no such kill."),
    "not_the_key_of_the_catalogue": _("What is said of the key is not what the catalogue holds."),
    "not_the_last_document": _("The document before it in its stream is another one."),
    "not_the_next_epoch": _("It is not the next document of its stream."),
    "nothing_to_veto": _("No such document waits."),
    "unknown_authenticator": _("This model of authenticator is not pinned."),
    "unknown_station": _("This approval station is not pinned."),
}

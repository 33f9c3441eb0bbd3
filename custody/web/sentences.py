"""Errors as sentences in the language of the page.

Details are written in English where they are raised, as constants that the catalogue collects; a
detail with values in it has no translation, and its code stands in.
"""

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from custody.common.errors import CustodyError

_OF_CODE = {
    "illegal_transition": _("This step is not possible in the present state."),
    "wrong_state": _("This step is not possible in the present state."),
    "bad_amount": _("This amount is not possible."),
    "bad_split": _("This share cannot be paid; see the limits beside the field."),
    "nothing_to_pay": _("A share is too small to be sent."),
    "bad_text": _("The text is too short or too long."),
    "bad_grounds": _("The grounds are too short or too long."),
    "bad_title": _("The title is too short or too long."),
    "bad_file_size": _("The file is empty or too large."),
    "bad_reason": _("The reason is too short or too long."),
    "bad_name": _("The name cannot be used."),
    "bad_field": _("A value has not the form that such a document needs."),
    "bad_id": _("This is no id of that kind."),
    "bad_address": _("This is no address of the network."),
    "policy_form": _("The policy has not the form that the signer reads."),
    "not_canonical": _("A text contains characters that documents do not carry."),
    "bad_proof": _("The signature does not prove this statement."),
    "unavailable": _("A component does not answer; try again later."),
}


def sentence(error: CustodyError) -> str:
    """Return what to tell a person; English details pass through where there is nothing better."""
    translated = gettext(error.template)
    is_english = (get_language() or "en").startswith("en")
    if is_english or translated != error.template or error.code not in _OF_CODE:
        return translated % error.values if error.values else translated
    return str(_OF_CODE[error.code])

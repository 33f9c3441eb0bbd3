"""PERSON_CREDENTIAL: pins a person with a key of their own."""

import json

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.common.errors import InvalidInputError
from custody.hsm.admin.trust_types.kind import Author, DraftForm, DraftKind
from custody.statements.credential import Ed25519Credential, PersonCredential
from custody.statements.fingerprint import fingerprint
from custody.web import show
from custody.web.admin import Fields

MAX_CHARACTERS = 8_000


class PersonCredentialForm(DraftForm):
    """What ``approve enrol`` wrote."""

    credential = forms.CharField(
        label=_("Output of “approve enrol”"),
        max_length=MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "code"}),
        help_text=_(
            "As the new person's own machine printed it. Compare the eight words with the person, by"
            " telephone or in the room."
        ),
    )


def _body(fields: Fields, _author: Author) -> PersonCredential:
    try:
        return PersonCredential.read(json.loads(fields["credential"]))
    except (InvalidInputError, ValueError, RecursionError):
        raise InvalidInputError("this is no credential", code="no_credential", field="credential") from None


def _say(body: PersonCredential) -> str:
    sentence = _t("%(name)s (%(person)s) may act until %(end)s as: %(roles)s.") % {
        "name": body.name,
        "person": body.person,
        "roles": ", ".join(body.roles),
        "end": show.plain_moment(body.valid_until),
    }
    if not isinstance(body.credential, Ed25519Credential):
        return sentence
    words = fingerprint(bytes.fromhex(body.credential.public_key))
    return sentence + " " + _t("Eight words of the key: %(words)s.") % {"words": words}


PERSON_CREDENTIAL = DraftKind(
    name="PERSON_CREDENTIAL",
    effect=_(
        "The maker and the quorum of officers sign, and the delay runs; any officer can veto meanwhile."
    ),
    form=PersonCredentialForm,
    body=_body,
    say=_say,
)

"""PERSON_REVOKE: ends one credential of a person, or all."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import EFFECT_ALONE, Author, DraftForm, DraftKind
from custody.statements.trust.people import PersonRevoke
from custody.web.admin import Fields


class PersonRevokeForm(DraftForm):
    """Whose, and which."""

    person = forms.CharField(label=_("Person of the trust store"), max_length=40)
    credential = forms.CharField(
        label=_("Credential"), max_length=200, required=False, help_text=_("Empty: all of this person.")
    )


def _body(fields: Fields, _author: Author) -> PersonRevoke:
    return PersonRevoke(person=fields["person"], credential=fields["credential"] or None)


def _say(body: PersonRevoke) -> str:
    if body.credential is None:
        return _t("%(person)s can sign nothing any more.") % {"person": body.person}
    return _t("%(person)s can sign nothing any more with %(credential)s.") % {
        "person": body.person,
        "credential": body.credential,
    }


PERSON_REVOKE = DraftKind(
    name="PERSON_REVOKE",
    effect=EFFECT_ALONE,
    form=PersonRevokeForm,
    body=_body,
    say=_say,
)

"""MANDATE_END: ends a mandate before its time."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import EFFECT_ALONE, Author, DraftForm, DraftKind
from custody.statements.mandate import MandateEnd
from custody.web.admin import Fields


class MandateEndForm(DraftForm):
    """Which mandate."""

    mandate = forms.CharField(label=_("Mandate"), max_length=40)


def _body(fields: Fields, _author: Author) -> MandateEnd:
    return MandateEnd(mandate=fields["mandate"])


def _say(body: MandateEnd) -> str:
    return _t("Ends the mandate %(mandate)s.") % {"mandate": body.mandate}


MANDATE_END = DraftKind(
    name="MANDATE_END",
    effect=EFFECT_ALONE,
    form=MandateEndForm,
    body=_body,
    say=_say,
)

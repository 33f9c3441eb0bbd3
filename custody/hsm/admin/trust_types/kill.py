"""KILL: no spend of one key, or of any, until a restart names the document."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import EFFECT_ALONE, Author, DraftForm, DraftKind, choose_key
from custody.statements.trust.holds import Kill
from custody.web.admin import Fields


class KillForm(DraftForm):
    """Which keys."""

    key = forms.ChoiceField(label=_("Key"), required=False, help_text=_("Empty: every key."))

    def prepare(self) -> None:
        choose_key(self, purpose__in=("spend", "mediator"))


def _body(fields: Fields, _author: Author) -> Kill:
    return Kill(key=fields["key"] or None)


def _say(body: Kill) -> str:
    if body.key is None:
        return _t("Stops every payment of every key until a restart names this document.")
    return _t("Stops every payment of the key %(key)s until a restart names this document.") % {
        "key": body.key
    }


KILL = DraftKind(
    name="KILL",
    effect=EFFECT_ALONE,
    form=KillForm,
    body=_body,
    say=_say,
    is_grave=True,
)

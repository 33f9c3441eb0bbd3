"""HOLD_END: what was held goes on."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.hold import SCOPES
from custody.hsm.admin.trust_types.kind import Author, DraftForm, DraftKind, choose
from custody.hsm.standing import standing
from custody.statements.trust.holds import HoldEnd
from custody.web.admin import Fields


class HoldEndForm(DraftForm):
    """Which hold."""

    hold = forms.ChoiceField(label=_("Hold"), help_text=_("Those that the signer reports."))

    def prepare(self) -> None:
        holds = standing().holds
        choose(self, "hold", [(hold["document"], f"{SCOPES[hold['scope']]} {hold['ref']}") for hold in holds])


def _body(fields: Fields, _author: Author) -> HoldEnd:
    return HoldEnd(hold=fields["hold"])


def _say(body: HoldEnd) -> str:
    return _t("Ends the hold %(document)s.") % {"document": body.hold}


HOLD_END = DraftKind(
    name="HOLD_END",
    effect=_("Counts at once. The maker signs, and two officers besides."),
    form=HoldEndForm,
    body=_body,
    say=_say,
)

"""HOLD: nothing is signed for a client, deal, wallet, key or address."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import Author, DraftForm, DraftKind
from custody.statements.trust.holds import Hold
from custody.web.admin import Fields

SCOPES = {
    "ADDRESS": _("Address"),
    "CLIENT": _("Client"),
    "DEAL": _("Deal"),
    "KEY": _("Key"),
    "WALLET": _("Wallet"),
}


class HoldForm(DraftForm):
    """What stands still."""

    scope = forms.ChoiceField(label=_("What"), choices=list(SCOPES.items()))
    ref = forms.CharField(label=_("Id or address"), max_length=128)


def _body(fields: Fields, _author: Author) -> Hold:
    return Hold(scope=fields["scope"], ref=fields["ref"])


def _say(body: Hold) -> str:
    return _t("Nothing is signed any more for: %(what)s %(ref)s.") % {
        "what": SCOPES[body.scope],
        "ref": body.ref,
    }


HOLD = DraftKind(
    name="HOLD",
    effect=_(
        "Counts at once. The maker signs; that is enough of an officer or a person of compliance, any other"
        " maker needs one of them besides."
    ),
    form=HoldForm,
    body=_body,
    say=_say,
)

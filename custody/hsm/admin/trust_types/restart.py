"""RESTART: ends one kill, once."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import Author, DraftForm, DraftKind, choose
from custody.hsm.standing import standing
from custody.statements.trust.holds import Restart
from custody.web.admin import Fields


class RestartForm(DraftForm):
    """Which kill."""

    kill = forms.ChoiceField(
        label=_("Kill"), help_text=_("Those that the signer reports; none means that none stands.")
    )

    def prepare(self) -> None:
        everything = _t("every key")
        kills = [(kill["document"], kill.get("key", everything)) for kill in standing().kills]
        choose(self, "kill", [(name, f"{what} · {name[:8]}…{name[-8:]}") for name, what in kills])


def _body(fields: Fields, _author: Author) -> Restart:
    return Restart(kill=fields["kill"])


def _say(body: Restart) -> str:
    return _t("Ends the kill %(document)s: payments go on.") % {"document": body.kill}


RESTART = DraftKind(
    name="RESTART",
    effect=_("Counts at once. The maker signs, and two officers besides."),
    form=RestartForm,
    body=_body,
    say=_say,
)

"""VETO: a document that waits for its delay never takes effect."""

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import EFFECT_ALONE, Author, DraftForm, DraftKind, choose
from custody.hsm.standing import standing
from custody.statements.trust.holds import Veto
from custody.web.admin import Fields


class VetoForm(DraftForm):
    """Which document."""

    document = forms.ChoiceField(
        label=_("Document that waits"), help_text=_("Those that the signer reports.")
    )

    def prepare(self) -> None:
        waiting = standing().waiting
        names = [(item["document"], f"{item['type']} · {item['document'][:8]}…") for item in waiting]
        choose(self, "document", names)


def _body(fields: Fields, _author: Author) -> Veto:
    return Veto(document=fields["document"])


def _say(body: Veto) -> str:
    return _t("The document %(document)s never takes effect.") % {"document": body.document}


VETO = DraftKind(
    name="VETO",
    effect=EFFECT_ALONE,
    form=VetoForm,
    body=_body,
    say=_say,
)

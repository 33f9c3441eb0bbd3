"""KEY_STATE: suspends, deactivates, or gives a key back."""

from typing import get_args

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.hsm.admin.trust_types.kind import Author, DraftForm, DraftKind, choose, choose_key
from custody.hsm.words import key_state
from custody.statements.trust.keys import KeyState, KeyStateChange
from custody.web.admin import Fields


class KeyStateForm(DraftForm):
    """Which key, which state."""

    key = forms.ChoiceField(label=_("Key"))
    state = forms.ChoiceField(label=_("New state"))

    def prepare(self) -> None:
        choose_key(self)
        choose(self, "state", [(state, key_state(state)[0]) for state in get_args(KeyState)])


def _body(fields: Fields, _author: Author) -> KeyStateChange:
    return KeyStateChange(key=fields["key"], state=fields["state"])


def _say(body: KeyStateChange) -> str:
    return _t("The key %(key)s is from then on: %(state)s.") % {
        "key": body.key,
        "state": key_state(body.state)[0],
    }


KEY_STATE = DraftKind(
    name="KEY_STATE",
    effect=_(
        "Counts at once. To suspend, deactivate or mark as compromised one officer signs; to give a key back"
        " or destroy it, the maker and the quorum."
    ),
    form=KeyStateForm,
    body=_body,
    say=_say,
)

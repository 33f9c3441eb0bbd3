"""Purposes, states and outcomes of keys and requests in words, with the tone pages show them in."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from custody.hsm.models import Outcome

PURPOSES: dict[str, Promise] = {
    "mediator": _("mediator's signature in escrow"),
    "seal": _("seal of reports"),
    "checkpoint": _("checkpoints of the audit record"),
    "demo_ca": _("certificate authority of the demonstration"),
}
# Word, and tone of custody.web.show.
KEY_STATES: dict[str, tuple[Promise, str]] = {
    "ACTIVE": (_("active"), "good"),
    "PRE_ACTIVE": (_("not in use yet"), "waiting"),
    "SUSPENDED": (_("suspended"), "bad"),
}
OUTCOME_TONES: dict[str, str] = {
    Outcome.SIGNED: "good",
    Outcome.RECORDED: "good",
    Outcome.REFUSED: "bad",
    Outcome.FAILED: "warning",
}


def purpose_word(purpose: str) -> str:
    """What a key is for; the catalogue's own word when there is no other."""
    return str(PURPOSES.get(purpose, purpose))


def key_state(state: str) -> tuple[str, str]:
    """Word and tone of a key's state."""
    word, tone = KEY_STATES.get(state, (state, "neutral"))
    return str(word), tone

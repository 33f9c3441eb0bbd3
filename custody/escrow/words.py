"""The states of a deal in words, with the tone in which pages show them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from custody.escrow.states import State

# Word, and tone: good, waiting, warning, bad, neutral (custody.web.show).
STATES: dict[State, tuple[Promise, str]] = {
    State.DRAFT: (_("in preparation"), "neutral"),
    State.TERMS_PROPOSED: (_("terms to be signed"), "waiting"),
    State.TERMS_SIGNED: (_("keys to be proven"), "waiting"),
    State.KEYS_PROVEN: (_("address to be compared"), "waiting"),
    State.ADDRESS_CONFIRMED: (_("address compared"), "waiting"),
    State.AWAITING_FUNDING: (_("waits for the coins"), "waiting"),
    State.FUNDED: (_("funded"), "good"),
    State.RELEASE_PROPOSED: (_("payout to be signed"), "waiting"),
    State.RELEASE_SIGNED: (_("payout signed"), "waiting"),
    State.RELEASE_BROADCAST: (_("payout sent"), "waiting"),
    State.DISPUTE_OPEN: (_("in dispute"), "warning"),
    State.DECISION_PROPOSED: (_("decision under review"), "warning"),
    State.DECIDED: (_("decided, to be signed"), "waiting"),
    State.AWARD_SIGNED: (_("award signed"), "waiting"),
    State.AWARD_BROADCAST: (_("award sent"), "waiting"),
    State.RELEASED: (_("paid to the merchant"), "good"),
    State.REFUNDED: (_("paid back to the buyer"), "good"),
    State.RESOLVED: (_("paid as decided"), "good"),
    State.SETTLED: (_("coins moved by the parties without us"), "neutral"),
    State.FUNDING_EXPIRED: (_("closed, not funded"), "neutral"),
}


def state_word(state: str) -> str:
    """The state in the reader's language."""
    return str(STATES[State(state)][0])


def state_tone(state: str) -> str:
    """The tone of the state."""
    return STATES[State(state)][1]

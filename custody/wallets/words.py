"""States of a transfer intent in words, with the tone in which pages show them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from custody.wallets.states import State

# Word, and tone of custody.web.show.
STATES: dict[State, tuple[Promise, str]] = {
    State.DRAFT: (_("in preparation"), "neutral"),
    State.SUBMITTED: (_("submitted"), "waiting"),
    State.SCREENING: (_("being screened"), "waiting"),
    State.POLICY_EVAL: (_("examined by the policy"), "waiting"),
    State.DENIED: (_("denied by the policy"), "bad"),
    State.COMPLIANCE_HOLD: (_("held by compliance"), "bad"),
    State.REJECTED: (_("rejected"), "neutral"),
    State.FROZEN: (_("frozen"), "bad"),
    State.PENDING_APPROVAL: (_("waits for approvals"), "waiting"),
    State.EXPIRED: (_("expired"), "neutral"),
    State.APPROVED: (_("approved"), "waiting"),
    State.QUEUED: (_("waits for coins"), "waiting"),
    State.RESERVED: (_("coins reserved"), "waiting"),
    State.PREPARED: (_("transaction prepared"), "waiting"),
    State.SIGNING: (_("signatures are collected"), "waiting"),
    State.SIGNED: (_("signed"), "waiting"),
    State.BROADCASTING: (_("being sent"), "waiting"),
    State.BROADCAST: (_("sent"), "waiting"),
    State.REPLACING: (_("being replaced"), "waiting"),
    State.CANCELLING: (_("being withdrawn"), "warning"),
    State.CANCELLED: (_("withdrawn"), "neutral"),
    State.MINED: (_("in a block"), "waiting"),
    State.CONFIRMED: (_("confirmed"), "good"),
    State.FINAL: (_("final"), "good"),
    State.UNKNOWN: (_("unknown, the chain decides"), "warning"),
    State.REORGED: (_("thrown out by a reorganisation"), "warning"),
    State.FAILED_ONCHAIN: (_("failed on the chain"), "bad"),
}

# What a payment is made for.
REASONS: dict[str, Promise] = {
    "RELEASE": _("release to the merchant"),
    "REFUND": _("refund to the buyer"),
    "SETTLEMENT": _("settlement of the parties"),
    "AWARD_BUYER": _("decision for the buyer"),
    "AWARD_MERCHANT": _("decision for the merchant"),
    "AWARD_SPLIT": _("decision to split"),
    "TREASURY": _("payment of the treasury"),
    "COLD_STORAGE": _("move to cold storage"),
    "KEY_ROTATION": _("rotation of the key"),
}


def state_word(state: str) -> str:
    """The state in the reader's language."""
    return str(STATES[State(state)][0])


def state_tone(state: str) -> str:
    """The tone of the state."""
    return STATES[State(state)][1]

"""States of a trust document on the web side, and what leads from one to the next.

The signer decides; these follow its answers. A refused document may be handed to it again, because
what was missing (approvals, somebody's key) may have come since.
"""

from enum import StrEnum

from custody.common.states import Transitions


class State(StrEnum):
    """What became of a draft."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    WAITING = "WAITING"
    VETOED = "VETOED"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"


class Event(StrEnum):
    """What happened; the value ends the verb of the audit entry."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    ACTIVATED = "activated"
    VETOED = "vetoed"
    REFUSED = "refused_by_signer"
    EXPIRED = "expired"


_S, _E = State, Event
DOCUMENT = Transitions(
    "trust document",
    {
        (_S.DRAFT, _E.SUBMITTED): _S.SUBMITTED,
        (_S.REFUSED, _E.SUBMITTED): _S.SUBMITTED,
        (_S.SUBMITTED, _E.ACCEPTED): _S.ACCEPTED,
        (_S.SUBMITTED, _E.DEFERRED): _S.WAITING,
        (_S.SUBMITTED, _E.REFUSED): _S.REFUSED,
        (_S.WAITING, _E.ACTIVATED): _S.ACCEPTED,
        (_S.WAITING, _E.VETOED): _S.VETOED,
        (_S.DRAFT, _E.EXPIRED): _S.EXPIRED,
        (_S.REFUSED, _E.EXPIRED): _S.EXPIRED,
    },
)
# Approvals are collected and the document is handed to the signer.
OPEN = (State.DRAFT, State.REFUSED)

"""States of a deal and the events that lead from one to the next.

A compliance hold is no state but a fact that stands beside it (custody.compliance): it stops every
step of the parties, never what the chain has done. Payouts of one deal share one coin, so at most
one of them ever becomes final; whichever does ends the deal, from any state after funding.
"""

from enum import StrEnum

from custody.common.states import Transitions


class State(StrEnum):
    """Where a deal stands."""

    DRAFT = "DRAFT"
    TERMS_PROPOSED = "TERMS_PROPOSED"
    TERMS_SIGNED = "TERMS_SIGNED"
    KEYS_PROVEN = "KEYS_PROVEN"
    ADDRESS_CONFIRMED = "ADDRESS_CONFIRMED"
    AWAITING_FUNDING = "AWAITING_FUNDING"
    FUNDED = "FUNDED"
    RELEASE_PROPOSED = "RELEASE_PROPOSED"
    RELEASE_SIGNED = "RELEASE_SIGNED"
    RELEASE_BROADCAST = "RELEASE_BROADCAST"
    DISPUTE_OPEN = "DISPUTE_OPEN"
    DECISION_PROPOSED = "DECISION_PROPOSED"
    DECIDED = "DECIDED"
    AWARD_SIGNED = "AWARD_SIGNED"
    AWARD_BROADCAST = "AWARD_BROADCAST"
    RELEASED = "RELEASED"
    REFUNDED = "REFUNDED"
    RESOLVED = "RESOLVED"
    SETTLED = "SETTLED"
    FUNDING_EXPIRED = "FUNDING_EXPIRED"


class Event(StrEnum):
    """What happened; the value is the verb of the audit entry."""

    TERMS_PROPOSED = "terms_proposed"
    TERMS_SIGNED = "terms_signed"
    TERMS_REFUSED = "terms_refused"
    KEYS_PROVEN = "keys_proven"
    ADDRESS_CONFIRMED = "address_confirmed"
    FUNDING_OPENED = "funding_opened"
    FUNDED = "funded"
    RELEASE_PROPOSED = "release_proposed"
    RELEASE_WITHDRAWN = "release_withdrawn"
    PAYOUT_FAILED = "payout_failed"
    PAYOUT_SIGNED = "payout_signed"
    PAYOUT_SENT = "payout_sent"
    DISPUTE_OPENED = "dispute_opened"
    DECISION_PROPOSED = "decision_proposed"
    DECISION_RETURNED = "decision_returned"
    DECIDED = "decided"
    RELEASED = "released"
    REFUNDED = "refunded"
    RESOLVED = "resolved"
    SETTLED = "settled"
    FUNDING_EXPIRED = "funding_expired"


_S, _E = State, Event
# Coins lie at the address and no payout of theirs is final.
HOLDING_COINS = (
    _S.FUNDED, _S.RELEASE_PROPOSED, _S.RELEASE_SIGNED, _S.RELEASE_BROADCAST, _S.DISPUTE_OPEN,
    _S.DECISION_PROPOSED, _S.DECIDED, _S.AWARD_SIGNED, _S.AWARD_BROADCAST,
)  # fmt: skip
RELEASING = (_S.RELEASE_PROPOSED, _S.RELEASE_SIGNED, _S.RELEASE_BROADCAST)
# No payout is wanted: the deal ends when buyer and merchant spent its coins without us.
RESTING = (_S.FUNDED, _S.DISPUTE_OPEN)
AWARDING = (_S.DECIDED, _S.AWARD_SIGNED, _S.AWARD_BROADCAST)

DEAL = Transitions(
    "deal",
    {
        (_S.DRAFT, _E.TERMS_PROPOSED): _S.TERMS_PROPOSED,
        (_S.TERMS_PROPOSED, _E.TERMS_PROPOSED): _S.TERMS_PROPOSED,
        (_S.TERMS_PROPOSED, _E.TERMS_SIGNED): _S.TERMS_SIGNED,
        (_S.TERMS_SIGNED, _E.TERMS_REFUSED): _S.DRAFT,
        (_S.TERMS_SIGNED, _E.KEYS_PROVEN): _S.KEYS_PROVEN,
        (_S.KEYS_PROVEN, _E.ADDRESS_CONFIRMED): _S.ADDRESS_CONFIRMED,
        (_S.ADDRESS_CONFIRMED, _E.FUNDING_OPENED): _S.AWAITING_FUNDING,
        (_S.AWAITING_FUNDING, _E.FUNDED): _S.FUNDED,
        (_S.AWAITING_FUNDING, _E.FUNDING_EXPIRED): _S.FUNDING_EXPIRED,
        # The parties may agree at any time, also while they dispute.
        (_S.FUNDED, _E.RELEASE_PROPOSED): _S.RELEASE_PROPOSED,
        (_S.DISPUTE_OPEN, _E.RELEASE_PROPOSED): _S.RELEASE_PROPOSED,
        (_S.RELEASE_PROPOSED, _E.RELEASE_WITHDRAWN): _S.FUNDED,
        (_S.RELEASE_PROPOSED, _E.PAYOUT_SIGNED): _S.RELEASE_SIGNED,
        (_S.FUNDED, _E.DISPUTE_OPENED): _S.DISPUTE_OPEN,
        (_S.RELEASE_PROPOSED, _E.DISPUTE_OPENED): _S.DISPUTE_OPEN,
        (_S.DISPUTE_OPEN, _E.DECISION_PROPOSED): _S.DECISION_PROPOSED,
        (_S.DECISION_PROPOSED, _E.DECISION_RETURNED): _S.DISPUTE_OPEN,
        (_S.DECISION_PROPOSED, _E.DECIDED): _S.DECIDED,
        (_S.DECIDED, _E.PAYOUT_SIGNED): _S.AWARD_SIGNED,
        **{(state, _E.PAYOUT_SENT): _S.RELEASE_BROADCAST for state in RELEASING[:2]},
        **{(state, _E.PAYOUT_SENT): _S.AWARD_BROADCAST for state in AWARDING[:2]},
        **{(state, _E.PAYOUT_FAILED): _S.FUNDED for state in RELEASING},
        **{(state, _E.PAYOUT_FAILED): _S.DISPUTE_OPEN for state in AWARDING},
        **{(state, _E.RELEASED): _S.RELEASED for state in HOLDING_COINS},
        **{(state, _E.REFUNDED): _S.REFUNDED for state in HOLDING_COINS},
        **{(state, _E.RESOLVED): _S.RESOLVED for state in HOLDING_COINS},
        **{(state, _E.SETTLED): _S.SETTLED for state in RESTING},
    },
)
ENDED = tuple(sorted(DEAL.terminal()))

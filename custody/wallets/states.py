"""States of a transfer intent and the events that lead from one to the next.

The full list stands here from the first day; states without a way in (replacements, on-chain
failures of contract calls) belong to kinds of intents that are refused for now. Two rules
shape the table: what is unknown is a state of its own, and behind RESERVED only the chain releases,
because a signature that exists somewhere can be sent by anybody.
"""

from enum import StrEnum

from custody.common.states import Transitions


class State(StrEnum):
    """Where an intent stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    SCREENING = "SCREENING"
    POLICY_EVAL = "POLICY_EVAL"
    DENIED = "DENIED"
    COMPLIANCE_HOLD = "COMPLIANCE_HOLD"
    REJECTED = "REJECTED"
    FROZEN = "FROZEN"
    PENDING_APPROVAL = "PENDING_APPROVAL"
    EXPIRED = "EXPIRED"
    APPROVED = "APPROVED"
    QUEUED = "QUEUED"
    RESERVED = "RESERVED"
    PREPARED = "PREPARED"
    SIGNING = "SIGNING"
    SIGNED = "SIGNED"
    BROADCASTING = "BROADCASTING"
    BROADCAST = "BROADCAST"
    REPLACING = "REPLACING"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    MINED = "MINED"
    CONFIRMED = "CONFIRMED"
    FINAL = "FINAL"
    UNKNOWN = "UNKNOWN"
    REORGED = "REORGED"
    FAILED_ONCHAIN = "FAILED_ONCHAIN"


class Event(StrEnum):
    """What happened; the value is the verb of the audit entry."""

    SCREENED = "screened"
    CLEARED = "cleared"
    HELD = "held"
    RESUMED = "resumed"
    REJECTED = "rejected"
    DENIED = "denied"
    ALLOWED = "allowed"
    APPROVALS_NEEDED = "approvals_needed"
    EXPIRED = "expired"
    QUEUED = "queued"
    RESERVED = "reserved"
    PREPARED = "prepared"
    SIGNING_STARTED = "signing_started"
    SIGNED = "signed"
    SIGNATURE_REFUSED = "signature_refused"
    SIGNATURE_DEFERRED = "signature_deferred"
    CANCEL_REQUESTED = "cancel_requested"
    SENDING = "sending"
    SENT = "sent"
    INPUTS_MISSING = "inputs_missing"
    SPENT_ELSEWHERE = "spent_elsewhere"
    MINED = "mined"
    FINAL = "final"
    REORGED = "reorged"
    SUPERSEDED = "superseded"
    REOPENED = "reopened"


_S, _E = State, Event
# Nothing is reserved yet: these may end at once.
OPEN = (
    _S.SUBMITTED, _S.SCREENING, _S.COMPLIANCE_HOLD, _S.POLICY_EVAL, _S.PENDING_APPROVAL, _S.APPROVED,
    _S.QUEUED,
)  # fmt: skip
# A transaction exists that others may complete or compete with.
IN_FLIGHT = (
    _S.PREPARED, _S.SIGNING, _S.SIGNED, _S.BROADCASTING, _S.BROADCAST, _S.UNKNOWN, _S.CANCELLING, _S.REORGED,
)  # fmt: skip

INTENT = Transitions(
    "intent",
    {
        (_S.SUBMITTED, _E.SCREENED): _S.SCREENING,
        (_S.SCREENING, _E.CLEARED): _S.POLICY_EVAL,
        (_S.SCREENING, _E.HELD): _S.COMPLIANCE_HOLD,
        (_S.COMPLIANCE_HOLD, _E.RESUMED): _S.POLICY_EVAL,
        (_S.POLICY_EVAL, _E.DENIED): _S.DENIED,
        (_S.POLICY_EVAL, _E.ALLOWED): _S.APPROVED,
        (_S.POLICY_EVAL, _E.HELD): _S.COMPLIANCE_HOLD,
        (_S.POLICY_EVAL, _E.APPROVALS_NEEDED): _S.PENDING_APPROVAL,
        (_S.PENDING_APPROVAL, _E.ALLOWED): _S.APPROVED,
        (_S.PENDING_APPROVAL, _E.DENIED): _S.DENIED,
        (_S.PENDING_APPROVAL, _E.HELD): _S.COMPLIANCE_HOLD,
        (_S.APPROVED, _E.HELD): _S.COMPLIANCE_HOLD,
        (_S.APPROVED, _E.QUEUED): _S.QUEUED,
        (_S.QUEUED, _E.HELD): _S.COMPLIANCE_HOLD,
        (_S.QUEUED, _E.DENIED): _S.DENIED,
        # A statement has expired since; the quorum is gone.
        (_S.QUEUED, _E.APPROVALS_NEEDED): _S.PENDING_APPROVAL,
        (_S.QUEUED, _E.RESERVED): _S.RESERVED,
        (_S.RESERVED, _E.PREPARED): _S.PREPARED,
        (_S.PREPARED, _E.SIGNING_STARTED): _S.SIGNING,
        (_S.SIGNING, _E.SIGNED): _S.SIGNED,
        (_S.SIGNED, _E.SENDING): _S.BROADCASTING,
        (_S.REORGED, _E.SENDING): _S.BROADCASTING,
        (_S.UNKNOWN, _E.SENDING): _S.BROADCASTING,
        # The rival was thrown out before the same transaction was signed: it is collected again.
        (_S.UNKNOWN, _E.REOPENED): _S.PREPARED,
        (_S.BROADCASTING, _E.SENT): _S.BROADCAST,
        (_S.BROADCASTING, _E.INPUTS_MISSING): _S.UNKNOWN,
        (_S.BROADCAST, _E.INPUTS_MISSING): _S.UNKNOWN,
        (_S.MINED, _E.FINAL): _S.FINAL,
        (_S.MINED, _E.REORGED): _S.REORGED,
        # Signatures may be out: such an intent ends only when another spend is final.
        (_S.SIGNING, _E.SIGNATURE_REFUSED): _S.CANCELLING,
        # Nobody else holds a key of the wallet, and the signer's reason will pass: it is asked again.
        (_S.SIGNING, _E.SIGNATURE_DEFERRED): _S.PREPARED,
        (_S.UNKNOWN, _E.SUPERSEDED): _S.CANCELLED,
        (_S.CANCELLING, _E.SUPERSEDED): _S.CANCELLED,
        **{(state, _E.EXPIRED): _S.EXPIRED for state in OPEN},
        **{(state, _E.REJECTED): _S.REJECTED for state in OPEN},
        **{(state, _E.EXPIRED): _S.CANCELLING for state in (_S.PREPARED, _S.SIGNING)},
        **{(state, _E.CANCEL_REQUESTED): _S.CANCELLING for state in (_S.PREPARED, _S.SIGNING)},
        **{(state, _E.MINED): _S.MINED for state in IN_FLIGHT},
        **{
            (state, _E.SPENT_ELSEWHERE): _S.UNKNOWN
            for state in IN_FLIGHT
            if state not in (_S.UNKNOWN, _S.CANCELLING)
        },
    },
)

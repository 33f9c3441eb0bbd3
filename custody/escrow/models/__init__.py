"""Tables of escrow, by noun."""

from custody.escrow.models.deals import Deal, DealUserPermission, Participant, Role
from custody.escrow.models.disputes import Decision, Dispute, Evidence, Statement
from custody.escrow.models.payouts import Payout
from custody.escrow.models.proofs import AddressConfirmation, KeyChallenge, KeyPossession
from custody.escrow.models.terms import TermsRegistration, TermsSignature, TermsVersion

__all__ = [
    "AddressConfirmation",
    "Deal",
    "DealUserPermission",
    "Decision",
    "Dispute",
    "Evidence",
    "KeyChallenge",
    "KeyPossession",
    "Participant",
    "Payout",
    "Role",
    "Statement",
    "TermsRegistration",
    "TermsSignature",
    "TermsVersion",
]

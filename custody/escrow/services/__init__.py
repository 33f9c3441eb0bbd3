"""Writes of escrow; every entry point calls these functions only."""

from custody.escrow.services.decisions import confirm_decision, propose_decision, return_decision
from custody.escrow.services.disputes import add_evidence, add_statement, open_dispute
from custody.escrow.services.files import read_file
from custody.escrow.services.following import follow_intent
from custody.escrow.services.funding import (
    close_unfunded,
    confirm_address,
    descriptor_checksum,
    follow_funding,
)
from custody.escrow.services.opening import DealSheet, join_deal, open_deal
from custody.escrow.services.payouts import payout_psbt, propose_release, upload_signature, withdraw_release
from custody.escrow.services.proofs import (
    apply_key_proof,
    challenge_document,
    prove_key,
    start_key_challenge,
)
from custody.escrow.services.terms import apply_terms, propose_terms, sign_terms

__all__ = [
    "DealSheet",
    "add_evidence",
    "add_statement",
    "apply_key_proof",
    "apply_terms",
    "challenge_document",
    "close_unfunded",
    "confirm_address",
    "confirm_decision",
    "descriptor_checksum",
    "follow_funding",
    "follow_intent",
    "join_deal",
    "open_deal",
    "open_dispute",
    "payout_psbt",
    "propose_decision",
    "propose_release",
    "propose_terms",
    "prove_key",
    "read_file",
    "return_decision",
    "sign_terms",
    "start_key_challenge",
    "upload_signature",
    "withdraw_release",
]

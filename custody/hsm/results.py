"""Which task carries on when the signer has answered: one line per kind of request.

The task gets ``request_id`` and reads the answer with ``selectors.result_of``; it runs for
refusals as well, and may run twice.
"""

FOLLOWERS: dict[str, str] = {
    "BTC_SPEND": "wallets.apply_signature",
    "EVM_TX": "hsm.leave_result",
    "SAFE_TX": "hsm.leave_result",
    "TERMS": "escrow.apply_terms",
    "TRUST": "hsm.apply_trust",
    "KEY_PROOF": "escrow.apply_key_proof",
    "CMS_SEAL": "reports.apply_seal",
    "CHECKPOINT": "hsm.apply_checkpoint",
    "ADDRESS": "hsm.apply_attestation",
    # Nothing here follows: whoever asked reads the result.
    "BLOCK": "hsm.leave_result",
    "CSR": "hsm.leave_result",
    "CRITICAL": "hsm.leave_result",
    "KEY_MAKE": "hsm.leave_result",
    "KEY_DESTROY": "hsm.leave_result",
    "HEAD": "hsm.leave_result",
}

# Takes up a key that was taken into use; gets ``key_id`` and may run twice.
ACTIVATED = "wallets.open_house_wallet"

"""The verbs of the record that parties read in the story of their deal; all others are not theirs to know.

What compliance looks up, what our people read, and a decision that waits for its second person are left out
on purpose.
"""

TOLD = frozenset(
    f"escrow.deal.{name}"
    for name in (
        "opened",
        "joined",
        "terms_proposed",
        "terms_signature_given",
        "terms_signed",
        "terms_pinned",
        "key_challenge_given",
        "key_proof_given",
        "keys_proven",
        "address_compared",
        "address_confirmed",
        "funding_opened",
        "funded",
        "release_proposed",
        "release_withdrawn",
        "dispute_opened",
        "evidence_added",
        "statement_made",
        "decided",
        "payout_signature_given",
        "payout_signed",
        "payout_sent",
        "released",
        "refunded",
        "resolved",
    )
)

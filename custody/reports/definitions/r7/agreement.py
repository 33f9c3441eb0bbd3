"""Chapters 2 and 3: terms and their signatures, proofs of the keys, comparison of the address."""

from typing import Any

from custody.common.clock import write_time
from custody.escrow import case_reads
from custody.escrow import selectors as escrow
from custody.escrow.models import Deal, KeyChallenge, TermsVersion


def chapter(deal: Deal) -> dict[str, Any]:
    """The key ``terms``: one object per proposal, oldest first."""
    return {"terms": [_version(version) for version in case_reads.terms_of(deal)]}


def _version(version: TermsVersion) -> dict[str, Any]:
    terms = escrow.decode_terms(version)
    return {
        "version": version.version,
        "hash": version.hash,
        "proposed_at": write_time(version.proposed_at),
        "amount": str(terms.amount),
        "fee_max": str(terms.fee.max),
        "script": terms.script,
        "address": terms.address,
        "payouts": [{"role": role, "to": terms.payouts.of(role)} for role in ("buyer", "merchant")],
        "keys": [
            {"role": role, "public_key": terms.keys.of(role)} for role in ("buyer", "mediator", "merchant")
        ],
        "text_sha256": terms.text,
        "signatures": [
            {
                "role": row.role,
                "public_key": row.public_key,
                "signature": row.signature,
                "at": write_time(row.signed_at),
            }
            for row in sorted(version.signatures.all(), key=lambda row: row.role)
        ],
        "registration": _registration(version),
        "challenges": [_challenge(row) for row in version.challenges.all()],
        "comparisons": [
            {
                "role": row.role,
                "by": f"user:{row.user_id}",
                "checksum": row.checksum,
                "at": write_time(row.confirmed_at),
            }
            for row in sorted(version.confirmations.all(), key=lambda row: row.pk)
        ],
    }


def _registration(version: TermsVersion) -> dict[str, Any]:
    """What the signer made of the terms; empty while it was not asked."""
    answer = getattr(version, "registration", None)
    if answer is None:
        return {}
    outcome = {"is_pinned": answer.is_pinned, "request": answer.request, "at": write_time(answer.answered_at)}
    return outcome | ({"rule": answer.rule} if answer.rule else {})


def _challenge(challenge: KeyChallenge) -> dict[str, Any]:
    nonces = {"server": challenge.server_nonce, "mediator": challenge.mediator_nonce}
    given = {"buyer": challenge.buyer_nonce, "merchant": challenge.merchant_nonce}
    return {
        "started_at": write_time(challenge.started_at),
        "nonces": nonces | {role: nonce for role, nonce in given.items() if nonce},
        "proofs": [
            {
                "role": proof.role,
                "public_key": proof.public_key,
                "document_hash": proof.document_hash,
                "signature": proof.signature,
                "at": write_time(proof.proven_at),
            }
            for proof in sorted(challenge.proofs.all(), key=lambda proof: proof.role)
        ],
    }

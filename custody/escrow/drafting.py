"""Writes the documents of a deal from its rows: terms, challenges, decisions, intents.

Pure building: each document checks itself when it is made, and nothing is stored here.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from custody.chains.bitcoin.address import p2wsh_address
from custody.common.errors import RefusedError
from custody.escrow.models import Deal, KeyChallenge, Participant, Role, TermsVersion
from custody.statements.decision import Decision, Split
from custody.statements.intent import Fee, Intent, Payee, Reason, ReasonCode, Source
from custody.statements.key_proof import KeyProof, PartyNonces
from custody.statements.parts import MaxFee
from custody.statements.proof import Secp256k1Proof
from custody.statements.terms import (
    PartySignature,
    Payouts,
    RoleKeys,
    SignedTerms,
    Terms,
    script_of,
)
from custody.wallets.models import Wallet

ProvingRole = Literal["buyer", "mediator", "merchant"]


def draft_terms(
    deal: Deal, *, buyer: Participant, merchant: Participant, instance: str, contract: str
) -> Terms:
    """Terms of template E1; ``contract`` is the SHA-256 of the agreed text.

    Raises RefusedError ``party_missing`` until both parties have joined.
    """
    if not buyer.public_key or not merchant.public_key:
        raise RefusedError("both parties name key and address first", code="party_missing")
    keys = RoleKeys(buyer=buyer.public_key, mediator=deal.mediator_public_key, merchant=merchant.public_key)
    script = script_of(keys)
    return Terms(
        id=deal.pk,
        instance=instance,
        template="E1",
        chain=deal.chain,
        asset=deal.asset,
        amount=deal.amount,
        fee=MaxFee(max=deal.fee_max),
        keys=keys,
        script=script.hex(),
        address=p2wsh_address(script, deal.chain),
        payouts=Payouts(buyer=buyer.payout_address, merchant=merchant.payout_address),
        mediator=str(deal.mediator.person),
        second_review_above=deal.second_review_above,
        text=contract,
    )


def signed_terms(version: TermsVersion) -> SignedTerms:
    """The terms with the signatures collected so far, as they go to signer and wallet."""
    signatures = tuple(
        PartySignature(
            role="buyer" if row.role == Role.BUYER else "merchant",
            proof=Secp256k1Proof(credential=row.public_key, signature=row.signature),
        )
        for row in version.signatures.order_by("role")
    )
    return SignedTerms(document=Terms.from_bytes(bytes(version.body)), signatures=signatures)


def draft_challenge(challenge: KeyChallenge, *, terms: Terms, role: ProvingRole) -> KeyProof:
    """The document a role signs to prove its key; the challenge must be complete."""
    if challenge.expires_at is None:
        raise RefusedError("a nonce is missing", code="challenge_incomplete")
    return KeyProof(
        instance=terms.instance,
        deal=terms.id,
        role=role,
        public_key=terms.keys.of(role),
        terms=terms.hash,
        server_nonce=challenge.server_nonce,
        nonces=PartyNonces(
            buyer=challenge.buyer_nonce,
            mediator=challenge.mediator_nonce,
            merchant=challenge.merchant_nonce,
        ),
        expires_at=challenge.expires_at,
    )


def draft_decision(
    terms: Terms,
    *,
    split: Mapping[str, int],
    reasons: Iterable[str],
    evidence: Iterable[str],
    expires_at: datetime,
) -> Decision:
    """What the mediator decides; ``split`` in satoshi by role."""
    return Decision(
        instance=terms.instance,
        deal=terms.id,
        terms=terms.hash,
        split=Split(buyer=split["buyer"], merchant=split["merchant"]),
        fee=terms.fee,
        reasons=tuple(sorted(set(reasons))),
        evidence=tuple(sorted(set(evidence))),
        mediator=terms.mediator,
        expires_at=expires_at,
    )


def draft_intent(
    wallet: Wallet,
    *,
    id: str,
    terms: Terms,
    split: Mapping[str, int],
    reason: ReasonCode,
    maker: str,
    policy: str,
    expires_at: datetime,
) -> Intent:
    """Payees come from the signed terms only; whoever gets nothing is no payee."""
    addresses = {"buyer": terms.payouts.buyer, "merchant": terms.payouts.merchant}
    return Intent(
        id=id,
        instance=terms.instance,
        kind="ESCROW_PAYOUT",
        asset=terms.asset,
        source=Source(wallet=wallet.pk, owner="ESCROW", terms=terms.hash),
        payees=tuple(
            Payee(to=addresses[role], amount=split[role]) for role in ("buyer", "merchant") if split[role] > 0
        ),
        fee=Fee(max=terms.fee.max),
        reason=Reason(code=reason, ref=terms.id),
        maker=maker,
        policy=policy,
        expires_at=expires_at,
    )

"""Each party challenges the others with a nonce of its own, and each proves its key to all.

Our mediator's proof comes from the signer, over the same challenge as the parties'.
"""

import re
import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from custody.accounts.models import User
from custody.common.errors import InvalidInputError, RefusedError
from custody.escrow import drafting, selectors
from custody.escrow.drafting import ProvingRole
from custody.escrow.models import Deal, KeyChallenge, KeyPossession, Participant, TermsVersion
from custody.escrow.models.proofs import NONCE
from custody.escrow.permissions import access_participant
from custody.escrow.services.gate import lock_deal, lock_open_deal, move, note
from custody.escrow.services.terms import SIGNER, checked_terms
from custody.escrow.states import Event, State
from custody.hsm.selectors import result_of
from custody.hsm.services import submit_request
from custody.statements.key_proof import KeyProof
from custody.statements.proof import Secp256k1Proof

CHALLENGE_LIFE = timedelta(hours=24)
NONCE_BYTES = 16


@transaction.atomic
def start_key_challenge(*, actor: User, deal_id: str, nonce: str, at: datetime) -> KeyChallenge:
    """Give the party's own nonce (16 random bytes, hex, made on its side).

    With both nonces the challenges are fixed for 24 hours and the signer is asked for the
    mediator's proof. Raises NotFoundError, InvalidInputError ``bad_nonce``, RefusedError
    ``terms_not_pinned`` or ``nonce_given``.
    """
    participant = access_participant(actor, deal_id)
    if not re.fullmatch(NONCE, nonce):
        raise InvalidInputError("not 16 bytes in lower-case hex", code="bad_nonce", field="nonce")
    deal = lock_open_deal(deal_id, State.TERMS_SIGNED)
    version = _pinned_version(deal)
    challenge = _open_challenge(version, at=at)
    name = f"{participant.role}_nonce"
    if getattr(challenge, name):
        raise RefusedError("you have given your nonce", code="nonce_given", field="nonce")
    setattr(challenge, name, nonce)
    if challenge.buyer_nonce and challenge.merchant_nonce:
        _complete(challenge, version, deal, actor=actor, at=at)
    challenge.save()
    payload = {"role": participant.role, "challenge": challenge.pk}
    note(deal, "key_challenge_given", actor=actor, at=at, payload=payload)
    return challenge


@transaction.atomic
def prove_key(*, actor: User, deal_id: str, signature: str, at: datetime) -> KeyPossession:
    """Take a party's signature (r || s, hex) over its challenge document.

    Raises NotFoundError, RefusedError ``challenge_incomplete``, ``challenge_expired`` or
    ``already_proven``, InvalidInputError ``bad_proof``.
    """
    participant = access_participant(actor, deal_id)
    deal = lock_open_deal(deal_id, State.TERMS_SIGNED)
    challenge = selectors.current_challenge(_pinned_version(deal))
    if challenge is None or challenge.expires_at is None:
        raise RefusedError("a nonce is missing", code="challenge_incomplete")
    if challenge.expires_at <= at:
        raise RefusedError("the challenge has expired", code="challenge_expired")
    document = challenge_document(challenge, _proving_role(participant))
    possession = _accept(challenge, document, signature, at=at)
    payload = {"role": participant.role, "challenge": document.hash}
    note(deal, "key_proof_given", actor=actor, at=at, payload=payload)
    _finish(deal, challenge, actor=actor, at=at)
    return possession


@transaction.atomic
def apply_key_proof(*, request_id: str, at: datetime) -> None:
    """Take in the mediator's proof, verified like the parties'; a refusal ends the round."""
    challenge = KeyChallenge.objects.filter(request=request_id).select_related("terms").first()
    result = result_of(request_id)
    if challenge is None or result is None:
        return
    deal = lock_deal(challenge.terms.deal_id)
    if deal.state != State.TERMS_SIGNED or "mediator" in selectors.roles_proven(challenge):
        return
    if result.outcome != "SIGNED":
        _void(challenge, deal, rule=result.rule or "", at=at)
        return
    document = challenge_document(challenge, "mediator")
    _accept(challenge, document, result.signatures[0].signature, at=at)
    note(
        deal, "key_proof_given", actor=SIGNER, at=at, payload={"role": "mediator", "challenge": document.hash}
    )
    _finish(deal, challenge, actor=SIGNER, at=at)


def challenge_document(challenge: KeyChallenge, role: ProvingRole) -> KeyProof:
    """The document this role signs, from the terms of the challenge."""
    return drafting.draft_challenge(challenge, terms=checked_terms(challenge.terms), role=role)


def _pinned_version(deal: Deal) -> TermsVersion:
    version = selectors.current_version(deal)
    if version is None or not getattr(version, "registration", None):
        raise RefusedError("the signer has not pinned the terms yet", code="terms_not_pinned")
    return version


def _open_challenge(version: TermsVersion, *, at: datetime) -> KeyChallenge:
    """The round that still takes nonces, or a new one in place of one that expired."""
    challenge = selectors.current_challenge(version)
    if challenge is not None and (challenge.expires_at is None or challenge.expires_at > at):
        return challenge
    return KeyChallenge(
        terms=version,
        server_nonce=secrets.token_hex(NONCE_BYTES),
        mediator_nonce=secrets.token_hex(NONCE_BYTES),
        started_at=at,
    )


def _complete(
    challenge: KeyChallenge, version: TermsVersion, deal: Deal, *, actor: User, at: datetime
) -> None:
    challenge.expires_at = (at + CHALLENGE_LIFE).replace(microsecond=0)
    request = submit_request(
        actor=actor,
        kind="KEY_PROOF",
        key=deal.mediator_key,
        subject=deal.pk,
        payload=challenge_document(challenge, "mediator").to_json(),
        at=at,
    )
    challenge.request = request.pk


def _accept(challenge: KeyChallenge, document: KeyProof, signature: str, *, at: datetime) -> KeyPossession:
    proof = {"type": "secp256k1", "credential": document.public_key, "signature": signature}
    Secp256k1Proof.read(proof).verify(document.hash)
    try:
        with transaction.atomic():
            return KeyPossession.objects.create(
                challenge=challenge,
                role=document.role,
                public_key=document.public_key,
                document_hash=document.hash,
                signature=signature,
                proven_at=at,
            )
    except IntegrityError:
        raise RefusedError("the key is proven already", code="already_proven") from None


def _finish(deal: Deal, challenge: KeyChallenge, *, actor: User | str, at: datetime) -> None:
    if selectors.roles_proven(challenge) == selectors.ALL_ROLES:
        move(deal, Event.KEYS_PROVEN, actor=actor, at=at, payload={"challenge": challenge.pk})


def _void(challenge: KeyChallenge, deal: Deal, *, rule: str, at: datetime) -> None:
    """Let the round expire now, so that the parties can start another."""
    challenge.expires_at = at
    challenge.save(update_fields=["expires_at"])
    note(
        deal, "key_challenge_refused", actor=SIGNER, at=at, payload={"challenge": challenge.pk, "rule": rule}
    )


def _proving_role(participant: Participant) -> ProvingRole:
    return "buyer" if participant.role == "buyer" else "merchant"

"""Terms: proposed by us, signed by both parties with the keys of the script, pinned by the signer."""

from datetime import datetime

from django.db import IntegrityError, transaction

from custody.accounts.models import User
from custody.accounts.permissions import require_right
from custody.accounts.roles import Right
from custody.common.errors import CustodyError, InvalidInputError, RefusedError
from custody.documents.services import store_document
from custody.escrow import drafting, selectors
from custody.escrow.models import Participant, TermsRegistration, TermsSignature, TermsVersion
from custody.escrow.permissions import access_deal, access_participant
from custody.escrow.services.gate import lock_deal, lock_open_deal, move, note
from custody.escrow.states import Event, State
from custody.hsm.selectors import identity, request_of, result_of
from custody.hsm.services import submit_request
from custody.statements.proof import Secp256k1Proof
from custody.statements.terms import Terms

SIGNER = "system:signer"


class ForgedTermsError(CustodyError):
    """The stored terms are not what their hash says; somebody changed the row behind our back."""

    code = "terms_forged"


@transaction.atomic
def propose_terms(
    *, actor: User, deal_id: str, contract: bytes, media_type: str, at: datetime
) -> TermsVersion:
    """Write the terms from what the parties named, and keep the agreed text encrypted.

    Before both have signed, new terms replace older ones. Raises ForbiddenError, NotFoundError,
    RefusedError ``party_missing``, ``terms_unchanged`` and those of the gate, InvalidInputError.
    """
    access_deal(actor, deal_id)
    require_right(actor, Right.OPEN_DEAL)
    deal = lock_open_deal(deal_id, State.DRAFT, State.TERMS_PROPOSED)
    text = store_document(actor=actor, subject=deal.pk, content=contract, media_type=media_type, at=at)
    terms = drafting.draft_terms(
        deal,
        buyer=selectors.participant(deal, "buyer"),
        merchant=selectors.participant(deal, "merchant"),
        instance=identity().instance,
        contract=text,
    )
    version = _insert(TermsVersion(deal=deal, body=terms.to_bytes(), hash=terms.hash, proposed_at=at))
    payload = {"terms": version.hash, "version": version.version, "text": text, "address": terms.address}
    move(deal, Event.TERMS_PROPOSED, actor=actor, at=at, payload=payload)
    return version


@transaction.atomic
def sign_terms(*, actor: User, deal_id: str, terms_hash: str, signature: str, at: datetime) -> TermsVersion:
    """Take a party's signature (r || s, hex) over the hash of the terms it read.

    With both signatures the signer is asked to pin the terms. Raises NotFoundError, RefusedError
    ``terms_changed`` when other terms stand now, ``already_signed``, ForgedTermsError,
    InvalidInputError ``bad_proof``.
    """
    participant = access_participant(actor, deal_id)
    deal = lock_open_deal(deal_id, State.TERMS_PROPOSED)
    version = selectors.current_version(deal)
    if version is None or version.hash != terms_hash:
        raise RefusedError("other terms are proposed now", code="terms_changed", field="terms_hash")
    terms = checked_terms(version)
    _check_signature(participant, terms, signature)
    _insert_signature(version, participant, signature, at=at)
    payload = {"role": participant.role, "terms": version.hash}
    note(deal, "terms_signature_given", actor=actor, at=at, payload=payload)
    if selectors.roles_signed(version) == {"buyer", "merchant"}:
        request = submit_request(
            actor=actor,
            kind="TERMS",
            key=deal.mediator_key,
            subject=deal.pk,
            documents=[drafting.signed_terms(version)],
            at=at,
        )
        move(deal, Event.TERMS_SIGNED, actor=actor, at=at, payload={"request": request.pk})
    return version


@transaction.atomic
def apply_terms(*, request_id: str, at: datetime) -> None:
    """Take in the signer's answer: pinned terms lead on, refused ones back to the draft."""
    result = result_of(request_id)
    if result is None or TermsRegistration.objects.filter(request=request_id).exists():
        return
    document = request_of(request_id).signed_terms[0].document
    deal = lock_deal(document.id)
    registration, is_new = TermsRegistration.objects.get_or_create(
        terms=TermsVersion.objects.get(hash=document.hash),
        defaults={
            "request": request_id,
            "is_pinned": result.outcome == "RECORDED",
            "rule": result.rule or "",
            "answered_at": at,
        },
    )
    if not is_new:
        return
    payload = {"terms": document.hash, "request": request_id}
    if registration.is_pinned:
        note(deal, "terms_pinned", actor=SIGNER, at=at, payload=payload)
    else:
        move(deal, Event.TERMS_REFUSED, actor=SIGNER, at=at, payload={**payload, "rule": registration.rule})


def checked_terms(version: TermsVersion) -> Terms:
    """Decode a stored proposal; raises ForgedTermsError unless bytes, hash and deal agree."""
    try:
        terms = selectors.decode_terms(version)
    except InvalidInputError:
        raise ForgedTermsError("the stored terms cannot be read") from None
    if terms.hash != version.hash or terms.id != version.deal_id:
        raise ForgedTermsError("the stored terms are not those of their hash")
    return terms


def _insert(version: TermsVersion) -> TermsVersion:
    last = selectors.current_version(version.deal)
    version.version = last.version + 1 if last else 1
    try:
        with transaction.atomic():
            version.save(force_insert=True)
    except IntegrityError:
        raise RefusedError("the same terms are proposed already", code="terms_unchanged") from None
    return version


def _check_signature(participant: Participant, terms: Terms, signature: str) -> None:
    """By the very key this party has in the script, which the terms repeat (trust.md 5)."""
    key = terms.keys.buyer if participant.role == "buyer" else terms.keys.merchant
    if key != participant.public_key:
        raise ForgedTermsError("the terms name another key for this party")
    proof = {"type": "secp256k1", "credential": key, "signature": signature}
    Secp256k1Proof.read(proof).verify(terms.hash)


def _insert_signature(
    version: TermsVersion, participant: Participant, signature: str, *, at: datetime
) -> None:
    try:
        with transaction.atomic():
            TermsSignature.objects.create(
                terms=version,
                role=participant.role,
                public_key=participant.public_key,
                signature=signature,
                signed_at=at,
            )
    except IntegrityError:
        raise RefusedError("you have signed these terms", code="already_signed") from None

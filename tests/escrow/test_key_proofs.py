"""Proofs of possession: nonces of all, one document per role, nothing replayed or borrowed."""

from datetime import timedelta
from functools import partial

import pytest

from custody.common.errors import InvalidInputError, RefusedError
from custody.escrow import selectors, services
from custody.escrow.models import KeyChallenge, KeyPossession
from custody.escrow.states import State
from custody.hsm.models import SigningRequest
from custody.hsm.selectors import request_of
from custody.statements.key_proof import KeyProof
from scripts.party.signing import prove
from tests.cast import AT
from tests.escrow.sides import key_of
from tests.escrow.stage import Stage

LATER = AT + timedelta(hours=24)


@pytest.fixture
def pinned(stage: Stage) -> Stage:
    stage.until(State.TERMS_SIGNED).pin()
    return stage


@pytest.fixture
def challenged(pinned: Stage) -> Stage:
    pinned.give_nonces()
    return pinned


def challenge_of(stage: Stage) -> KeyChallenge:
    challenge = selectors.current_challenge(stage.version)
    assert challenge is not None
    return challenge


def test_a_challenge_carries_the_nonces_of_all_parties(challenged: Stage) -> None:
    challenge = challenge_of(challenged)
    document = services.challenge_document(challenge, "merchant")
    assert (document.nonces.buyer, document.nonces.merchant) == ("b0" * 16, "c0" * 16)
    assert document.nonces.mediator == challenge.mediator_nonce
    assert document.server_nonce == challenge.server_nonce
    assert (document.role, document.public_key) == ("merchant", challenged.merchant.public_key)
    assert (document.terms, document.expires_at) == (challenged.version.hash, LATER)


def test_the_signer_is_asked_for_the_same_challenge(challenged: Stage) -> None:
    request = request_of(SigningRequest.objects.get(kind="KEY_PROOF").pk)
    assert isinstance(request.payload, KeyProof)
    assert request.payload == services.challenge_document(challenge_of(challenged), "mediator")


def test_server_nonces_differ_between_rounds(challenged: Stage) -> None:
    first = challenge_of(challenged)
    challenged.give_nonces(at=LATER)
    second = challenge_of(challenged)
    assert second.pk != first.pk
    assert {first.server_nonce, first.mediator_nonce} & {second.server_nonce, second.mediator_nonce} == set()


def test_all_three_proofs_lead_on(challenged: Stage) -> None:
    challenged.prove(challenged.buyer)
    challenged.prove(challenged.merchant)
    assert challenged.deal.state == State.TERMS_SIGNED
    challenged.prove_ours()
    assert challenged.deal.state == State.KEYS_PROVEN


@pytest.mark.parametrize("nonce", ["", "ab", "AB" * 16, "zz" * 16, "ab" * 17])
def test_a_nonce_of_another_form_is_refused(pinned: Stage, nonce: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        services.start_key_challenge(actor=pinned.buyer.user, deal_id=pinned.deal_id, nonce=nonce, at=AT)
    assert error.value.code == "bad_nonce"
    assert not KeyChallenge.objects.exists()


def test_a_nonce_is_given_once(pinned: Stage) -> None:
    give = partial(services.start_key_challenge, actor=pinned.buyer.user, deal_id=pinned.deal_id, at=AT)
    give(nonce="ab" * 16)
    with pytest.raises(RefusedError) as error:
        give(nonce="cd" * 16)
    assert error.value.code == "nonce_given"
    assert KeyChallenge.objects.get().buyer_nonce == "ab" * 16


def test_nothing_is_proven_before_all_nonces_are_there(pinned: Stage) -> None:
    services.start_key_challenge(actor=pinned.buyer.user, deal_id=pinned.deal_id, nonce="ab" * 16, at=AT)
    with pytest.raises(RefusedError) as error:
        services.prove_key(actor=pinned.buyer.user, deal_id=pinned.deal_id, signature="ab" * 64, at=AT)
    assert error.value.code == "challenge_incomplete"


def test_an_expired_challenge_proves_nothing(challenged: Stage) -> None:
    with pytest.raises(RefusedError) as error:
        challenged.prove(challenged.buyer, at=LATER)
    assert error.value.code == "challenge_expired"
    assert not KeyPossession.objects.exists()


def test_another_key_proves_nothing(challenged: Stage) -> None:
    with pytest.raises(InvalidInputError) as error:
        challenged.prove(challenged.buyer, key=key_of("stranger"))
    assert error.value.code == "bad_proof"


def test_a_proof_for_another_role_is_not_taken(challenged: Stage) -> None:
    document = services.challenge_document(challenge_of(challenged), "merchant")
    with pytest.raises(InvalidInputError) as error:
        services.prove_key(
            actor=challenged.buyer.user,
            deal_id=challenged.deal_id,
            signature=prove(challenged.buyer.key, document.hash).signature,
            at=AT,
        )
    assert error.value.code == "bad_proof"


def test_a_proof_of_an_earlier_round_is_not_taken(challenged: Stage) -> None:
    old = services.challenge_document(challenge_of(challenged), "buyer")
    challenged.give_nonces(at=LATER)
    with pytest.raises(InvalidInputError) as error:
        services.prove_key(
            actor=challenged.buyer.user,
            deal_id=challenged.deal_id,
            signature=prove(challenged.buyer.key, old.hash).signature,
            at=LATER,
        )
    assert error.value.code == "bad_proof"


def test_a_key_is_proven_once(challenged: Stage) -> None:
    challenged.prove(challenged.buyer)
    with pytest.raises(RefusedError) as error:
        challenged.prove(challenged.buyer)
    assert error.value.code == "already_proven"


def test_a_false_signature_for_our_key_is_not_taken(challenged: Stage) -> None:
    request = challenged.answer("KEY_PROOF", key=key_of("attacker"))
    with pytest.raises(InvalidInputError) as error:
        services.apply_key_proof(request_id=request, at=AT)
    assert error.value.code == "bad_proof"
    assert not KeyPossession.objects.exists()


def test_our_proof_is_taken_once(challenged: Stage) -> None:
    request = challenged.answer("KEY_PROOF")
    services.apply_key_proof(request_id=request, at=AT)
    services.apply_key_proof(request_id=request, at=AT)
    assert KeyPossession.objects.get().role == "mediator"


def test_a_refusal_of_the_signer_ends_the_round(challenged: Stage) -> None:
    request = challenged.answer("KEY_PROOF", refuse="challenge_expired")
    services.apply_key_proof(request_id=request, at=AT)
    with pytest.raises(RefusedError) as error:
        challenged.prove(challenged.buyer)
    assert error.value.code == "challenge_expired"
    challenged.give_nonces()
    challenged.prove(challenged.buyer)
    assert KeyPossession.objects.get().challenge == challenge_of(challenged)

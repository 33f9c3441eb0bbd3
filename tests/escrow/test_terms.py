"""Terms: only the keys of the script sign them, only what was read is signed, forged rows are found."""

from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.common.errors import CustodyError, ForbiddenError, InvalidInputError, RefusedError
from custody.escrow import selectors, services
from custody.escrow.models import TermsRegistration, TermsSignature, TermsVersion
from custody.escrow.states import State
from custody.hsm.models import SigningRequest
from scripts.party.signing import prove
from tests.cast import AT
from tests.escrow.sides import key_of
from tests.escrow.stage import Stage


@pytest.fixture
def proposed(stage: Stage) -> Stage:
    return stage.until(State.TERMS_PROPOSED)


def assert_unsigned(stage: Stage) -> None:
    assert not TermsSignature.objects.exists()
    assert not SigningRequest.objects.exists()
    assert stage.deal.state == State.TERMS_PROPOSED


def test_terms_wait_for_both_parties(stage: Stage) -> None:
    services.join_deal(
        actor=stage.buyer.user,
        deal_id=stage.deal_id,
        public_key=stage.buyer.public_key,
        payout_address=stage.buyer.payout,
        at=AT,
    )
    with pytest.raises(RefusedError) as error:
        stage.propose()
    assert error.value.code == "party_missing"
    assert stage.deal.state == State.DRAFT


def test_a_party_proposes_no_terms(stage: Stage) -> None:
    stage.join()
    with pytest.raises(ForbiddenError):
        services.propose_terms(
            actor=stage.buyer.user, deal_id=stage.deal_id, contract=b"x", media_type="text/plain", at=AT
        )


def test_the_same_terms_are_not_proposed_twice(proposed: Stage) -> None:
    with pytest.raises(RefusedError) as error:
        proposed.propose()
    assert error.value.code == "terms_unchanged"


def test_new_terms_replace_what_one_party_has_signed(proposed: Stage) -> None:
    proposed.sign(proposed.buyer)
    first = proposed.version
    proposed.propose(b"Two machines.")
    with pytest.raises(RefusedError) as error:
        services.sign_terms(
            actor=proposed.merchant.user,
            deal_id=proposed.deal_id,
            terms_hash=first.hash,
            signature=prove(proposed.merchant.key, first.hash).signature,
            at=AT,
        )
    assert error.value.code == "terms_changed"
    proposed.sign(proposed.merchant)
    assert proposed.deal.state == State.TERMS_PROPOSED


@pytest.mark.parametrize("key", ["merchant", "stranger"])
def test_another_key_does_not_sign_for_the_buyer(proposed: Stage, key: str) -> None:
    other = proposed.merchant.key if key == "merchant" else key_of("stranger")
    with pytest.raises(InvalidInputError) as error:
        proposed.sign(proposed.buyer, key=other)
    assert error.value.code == "bad_proof"
    assert_unsigned(proposed)


def test_a_signature_over_another_hash_is_refused(proposed: Stage) -> None:
    with pytest.raises(InvalidInputError) as error:
        services.sign_terms(
            actor=proposed.buyer.user,
            deal_id=proposed.deal_id,
            terms_hash=proposed.version.hash,
            signature=prove(proposed.buyer.key, "11" * 32).signature,
            at=AT,
        )
    assert error.value.code == "bad_proof"
    assert_unsigned(proposed)


def test_a_signature_that_is_none_is_refused(proposed: Stage) -> None:
    with pytest.raises(InvalidInputError) as error:
        services.sign_terms(
            actor=proposed.buyer.user,
            deal_id=proposed.deal_id,
            terms_hash=proposed.version.hash,
            signature="nothing",
            at=AT,
        )
    assert error.value.field == "/signature"
    assert_unsigned(proposed)


def test_a_party_signs_once(proposed: Stage) -> None:
    proposed.sign(proposed.buyer)
    with pytest.raises(RefusedError) as error:
        proposed.sign(proposed.buyer)
    assert error.value.code == "already_signed"


def test_one_signature_asks_nobody(proposed: Stage) -> None:
    proposed.sign(proposed.merchant)
    assert not SigningRequest.objects.exists()
    assert proposed.deal.state == State.TERMS_PROPOSED


def forge(stage: Stage, *, body: bytes | None = None, hash: str = "") -> TermsVersion:
    """Insert a row beside the services, as somebody with the web's database role could."""
    return TermsVersion.objects.create(
        deal=stage.deal, version=9, body=body or bytes(stage.version.body), hash=hash, proposed_at=AT
    )


def test_terms_under_a_false_hash_are_refused(proposed: Stage) -> None:
    forge(proposed, hash="ab" * 32)
    with pytest.raises(CustodyError) as error:
        proposed.sign(proposed.buyer)
    assert error.value.code == "terms_forged"
    assert_unsigned(proposed)


def test_terms_that_cannot_be_read_are_refused(proposed: Stage) -> None:
    forge(proposed, body=b"{}", hash="ab" * 32)
    with pytest.raises(CustodyError) as error:
        proposed.sign(proposed.buyer)
    assert error.value.code == "terms_forged"
    assert_unsigned(proposed)


def test_terms_of_another_deal_are_refused(proposed: Stage) -> None:
    other = replace(selectors.decode_terms(proposed.version), id="deal_01KAJ8P0000000000000000009")
    forge(proposed, body=other.to_bytes(), hash=other.hash)
    with pytest.raises(CustodyError) as error:
        proposed.sign(proposed.buyer)
    assert error.value.code == "terms_forged"


def test_terms_with_another_key_for_the_party_are_refused(proposed: Stage) -> None:
    from custody.escrow import drafting

    buyer, merchant = (selectors.participant(proposed.deal, role) for role in ("buyer", "merchant"))
    buyer.public_key = key_of("attacker").public_key.format().hex()
    forged = drafting.draft_terms(
        proposed.deal,
        buyer=buyer,
        merchant=merchant,
        instance=selectors.decode_terms(proposed.version).instance,
        contract="ab" * 32,
    )
    forge(proposed, body=forged.to_bytes(), hash=forged.hash)
    with pytest.raises(CustodyError) as error:
        proposed.sign(proposed.buyer, key=key_of("attacker"))
    assert error.value.code == "terms_forged"
    assert_unsigned(proposed)


@pytest.mark.parametrize(
    "table", ["escrow_termsversion", "escrow_termssignature", "escrow_termsregistration"]
)
def test_the_database_refuses_to_change_terms(stage: Stage, table: str) -> None:
    stage.until(State.TERMS_SIGNED)
    stage.pin()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET id = id")


def test_pinned_terms_are_noted_once(stage: Stage) -> None:
    stage.until(State.TERMS_SIGNED)
    request = stage.answer("TERMS")
    services.apply_terms(request_id=request, at=AT)
    services.apply_terms(request_id=request, at=AT)
    assert TermsRegistration.objects.get().is_pinned
    assert AuditEntry.objects.filter(verb="escrow.deal.terms_pinned").count() == 1


def test_without_an_answer_nothing_happens(stage: Stage) -> None:
    stage.until(State.TERMS_SIGNED)
    services.apply_terms(request_id=SigningRequest.objects.get().pk, at=AT)
    assert not TermsRegistration.objects.exists()


def test_terms_the_signer_refuses_lead_back_to_the_draft(stage: Stage) -> None:
    stage.until(State.TERMS_SIGNED)
    services.apply_terms(request_id=stage.answer("TERMS", refuse="script_already_registered"), at=AT)
    assert stage.deal.state == State.DRAFT
    registration = TermsRegistration.objects.get()
    assert (registration.is_pinned, registration.rule) == (False, "script_already_registered")


def test_keys_are_not_challenged_before_the_signer_has_pinned(stage: Stage, buyer: User) -> None:
    stage.until(State.TERMS_SIGNED)
    with pytest.raises(RefusedError) as error:
        stage.give_nonces()
    assert error.value.code == "terms_not_pinned"

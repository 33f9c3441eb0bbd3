"""Our part of the agreement: propose terms from the agreed text, confirm the address for our key."""

import pytest

from custody.accounts.models import User
from custody.documents.services import fetch_document
from custody.escrow import selectors, services
from custody.escrow.models import AddressConfirmation, TermsVersion
from custody.escrow.states import State
from tests.escrow.office import address, assert_refused, file_of, offered, page, press
from tests.escrow.stage import CONTRACT, Stage

pytestmark = pytest.mark.usefixtures("live_clock")


def test_the_uploaded_text_becomes_terms(stage: Stage) -> None:
    stage.join()
    response = press(stage.officer, stage.deal_id, "propose_terms", contract=file_of(CONTRACT))
    assert (response.status_code, response["Location"]) == (302, address(stage.deal_id))
    assert stage.deal.state == State.TERMS_PROPOSED
    text = selectors.decode_terms(stage.version).text
    assert fetch_document(subject=stage.deal_id, sha256=text) == CONTRACT


def test_terms_wait_until_both_parties_have_joined(stage: Stage) -> None:
    assert offered(stage.officer, stage.deal_id)["propose_terms"] is False
    response = press(stage.officer, stage.deal_id, "propose_terms", contract=file_of(CONTRACT))
    assert_refused(response, verb="escrow.terms.propose.refused", code="party_missing")
    assert not TermsVersion.objects.exists()


def test_the_same_terms_again_are_refused(stage: Stage) -> None:
    stage.until(State.TERMS_PROPOSED)
    response = press(stage.officer, stage.deal_id, "propose_terms", contract=file_of(CONTRACT))
    assert_refused(response, verb="escrow.terms.propose.refused", code="terms_unchanged")
    assert TermsVersion.objects.count() == 1


def test_a_missing_file_comes_back_with_the_form(stage: Stage) -> None:
    stage.join()
    response = press(stage.officer, stage.deal_id, "propose_terms")
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert 'enctype="multipart/form-data"' in response.content.decode()
    assert not TermsVersion.objects.exists()


def test_an_auditor_cannot_propose_terms(stage: Stage, auditor: User) -> None:
    stage.join()
    assert offered(auditor, stage.deal_id) == {}
    response = press(auditor, stage.deal_id, "propose_terms", contract=file_of(CONTRACT))
    assert_refused(response, verb="escrow.terms.propose.refused", code="no_right")
    assert not TermsVersion.objects.exists()


def test_the_mediator_confirms_the_address_for_our_key(stage: Stage) -> None:
    stage.until(State.KEYS_PROVEN)
    checksum = services.descriptor_checksum(stage.version)
    response = press(stage.mediator, stage.deal_id, "confirm_address", checksum=checksum)
    assert response.status_code == 302
    confirmation = AddressConfirmation.objects.get()
    assert (confirmation.role, confirmation.user) == ("mediator", stage.mediator)
    assert offered(stage.mediator, stage.deal_id)["confirm_address"] is False


def test_the_page_does_not_show_the_checksum_to_compare(stage: Stage) -> None:
    stage.until(State.KEYS_PROVEN)
    assert services.descriptor_checksum(stage.version) not in page(stage.mediator, stage.deal_id)


def test_another_checksum_is_refused(stage: Stage) -> None:
    stage.until(State.KEYS_PROVEN)
    response = press(stage.mediator, stage.deal_id, "confirm_address", checksum="qqqqqqqq")
    assert_refused(response, verb="escrow.address.confirm.refused", code="checksum_differs")
    assert not AddressConfirmation.objects.exists()


def test_officers_do_not_confirm_addresses(stage: Stage) -> None:
    stage.until(State.KEYS_PROVEN)
    assert "confirm_address" not in offered(stage.officer, stage.deal_id)
    checksum = services.descriptor_checksum(stage.version)
    response = press(stage.officer, stage.deal_id, "confirm_address", checksum=checksum)
    assert_refused(response, verb="escrow.address.confirm.refused", code="no_right")
    assert not AddressConfirmation.objects.exists()

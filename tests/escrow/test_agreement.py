"""From the opening to the address: every step in order, and the story the record tells of it."""

from custody.accounts.permissions import visible
from custody.accounts.roles import Right
from custody.documents.services import fetch_document
from custody.escrow import selectors
from custody.escrow.models import Deal
from custody.escrow.states import State
from custody.escrow.timeline import deal_timeline
from custody.hsm.models import SigningRequest
from custody.hsm.selectors import request_of
from tests.escrow.stage import CONTRACT, Stage


def test_an_opened_deal_is_a_draft_that_both_parties_see(stage: Stage) -> None:
    assert stage.deal.state == State.DRAFT
    for side in stage.sides:
        assert list(visible(side.user, Deal.objects.all(), Right.ACT_IN_DEAL)) == [stage.deal]


def test_terms_repeat_keys_and_addresses_of_the_parties(stage: Stage) -> None:
    stage.until(State.TERMS_PROPOSED)
    terms = selectors.decode_terms(stage.version)
    assert terms.keys.buyer == stage.buyer.public_key
    assert terms.keys.merchant == stage.merchant.public_key
    assert terms.keys.mediator == stage.deal.mediator_public_key
    assert (terms.payouts.buyer, terms.payouts.merchant) == (stage.buyer.payout, stage.merchant.payout)
    assert (terms.amount, terms.fee.max, terms.mediator) == (1_000_000, 20_000, stage.mediator.person)


def test_the_agreed_text_is_kept_under_its_hash(stage: Stage) -> None:
    stage.until(State.TERMS_PROPOSED)
    text = selectors.decode_terms(stage.version).text
    assert fetch_document(subject=stage.deal_id, sha256=text) == CONTRACT


def test_the_signer_gets_terms_with_both_signatures(stage: Stage) -> None:
    stage.until(State.TERMS_SIGNED)
    request = request_of(SigningRequest.objects.get(kind="TERMS").pk)
    request.signed_terms[0].verify()
    assert request.signed_terms[0].document.hash == stage.version.hash


def test_the_whole_agreement_leads_to_the_funding_address(stage: Stage) -> None:
    stage.until(State.AWAITING_FUNDING)
    wallet = selectors.wallet_of(stage.deal)
    assert wallet is not None
    assert (wallet.address, wallet.terms_hash) == (stage.address, stage.version.hash)
    assert wallet.subjects == sorted([stage.buyer.client, stage.merchant.client])
    for side in stage.sides:
        assert list(visible(side.user, type(wallet).objects.all(), Right.VIEW_WALLET)) == [wallet]


def test_the_record_tells_the_agreement_in_order(stage: Stage) -> None:
    stage.until(State.AWAITING_FUNDING)
    wallet = selectors.wallet_of(stage.deal)
    assert wallet is not None
    events = deal_timeline(stage.deal)
    steps = [event.verb for event in events if event.verb.startswith("escrow.deal.")]
    assert [step.removeprefix("escrow.deal.") for step in steps] == [
        "opened",
        "party_screened",
        "party_screened",
        "joined",
        "address_screened",
        "joined",
        "address_screened",
        "terms_proposed",
        "terms_signature_given",
        "terms_signature_given",
        "terms_signed",
        "terms_pinned",
        "key_challenge_given",
        "key_challenge_given",
        "key_proof_given",
        "key_proof_given",
        "key_proof_given",
        "keys_proven",
        "address_compared",
        "address_compared",
        "address_compared",
        "address_confirmed",
        "funding_opened",
    ]
    assert events[0].payload["amount"] == "1000000"
    assert [event.verb for event in events if event.subject == wallet.pk] == ["wallets.wallet.registered"]
    assert {len(event.hash) for event in events} == {64}

"""The steps of a deal, done on the pages by both parties."""

import pytest
from django.conf import settings

from custody.escrow.models import Deal
from tests.escrow.deposits import Deposit, pay
from tests.portal.stage import AMOUNT, Stage


def test_both_join_with_key_and_address(stage: Stage) -> None:
    stage.join()
    assert stage.deal.participants.exclude(public_key="").count() == 2


def test_both_sign_the_terms(stage: Stage) -> None:
    assert stage.sign_terms().state == "TERMS_SIGNED"


def test_all_three_prove_their_keys(stage: Stage) -> None:
    assert stage.prove_keys().state == "KEYS_PROVEN"


def test_address_opens_for_funding_once_all_have_compared_it(stage: Stage) -> None:
    assert stage.confirm_address().state == "AWAITING_FUNDING"


def test_buyer_sees_address_in_groups_and_as_picture(stage: Stage) -> None:
    page = stage.confirm_address().page("buyer")
    address = stage.terms().address
    for start in range(0, len(address), 4):
        assert f"<span>{address[start : start + 4]}</span>" in page
    assert 'src="data:image/svg+xml;base64,' in page
    assert "0,01000000 BTC" in page


def test_merchant_is_not_asked_to_pay(stage: Stage) -> None:
    assert "data:image/svg+xml" not in stage.confirm_address().page("merchant")


def test_coins_at_finality_depth_fund_the_deal(stage: Stage) -> None:
    assert stage.confirm_address().pay(depth=2).state == "AWAITING_FUNDING"
    assert "2 Bestätigungen" in stage.page("buyer")


@pytest.mark.parametrize("role", ["buyer", "merchant"])
def test_nobody_is_asked_to_pay_what_stands_in_a_block(stage: Stage, role: str) -> None:
    page = stage.confirm_address().pay(depth=2).page(role)
    assert f"2 von {settings.BITCOIN_FINALITY_DEPTH} Bestätigungen. Nichts zu tun." in page
    assert "data:image/svg+xml" not in page
    assert "card turn" not in page
    assert "card turn" not in stage.browsers[role].get("/").content.decode()


def test_what_is_missing_is_still_asked_for(stage: Stage) -> None:
    page = stage.confirm_address().pay(AMOUNT - 1, depth=2).page("buyer")
    assert "data:image/svg+xml" in page
    assert "0,00000001 BTC" in page


def test_final_coins_fund_the_deal(stage: Stage) -> None:
    assert stage.fund().state == "FUNDED"
    assert ">Coins freigeben</button>" in stage.page("buyer")


def test_release_shows_who_gets_what_and_is_signed_by_both(stage: Stage) -> None:
    stage.propose_release()
    page = stage.page("merchant")
    assert "/do/sign-payout/" in page
    assert "Händler" in page
    for role in ("buyer", "merchant"):
        response = stage.do(role, "sign-payout", psbt=stage.signed_psbt(role))
        assert response.status_code == 302, response.content.decode()
    assert Deal.objects.get().payouts.get().intent.attempts.get().signatures.count() == 2
    assert "Wir warten auf die andere Unterschrift" not in stage.page("merchant")
    assert "Die Auszahlung ist unterschrieben und wird gesendet." in stage.page("merchant")


def test_who_has_given_a_nonce_waits_for_that_of_the_other(stage: Stage) -> None:
    stage.pin_terms()
    assert stage.do("buyer", "give-nonce", nonce="1" * 32).status_code == 302
    assert "Wir warten auf die Nonce der anderen Partei." in stage.page("buyer")
    stage.do("merchant", "give-nonce", nonce="2" * 32)
    stage.do("buyer", "prove-key", proof=stage.proof_file("buyer"))
    assert "Wir warten darauf, dass die andere Partei ihren Schlüssel nachweist." in stage.page("buyer")


def test_dust_of_strangers_does_not_keep_the_release_from_its_parties(stage: Stage) -> None:
    pay(stage.confirm_address().deal, Deposit((2_000,) * 250, padding=390_000), Deposit((AMOUNT,)))
    assert stage.do("buyer", "propose-release", agreed="on").status_code == 302
    stage.prepare_payout()
    for role in ("buyer", "merchant"):
        assert stage.do(role, "sign-payout", psbt=stage.signed_psbt(role)).status_code == 302
    assert stage.state == "RELEASE_PROPOSED"
    assert Deal.objects.get().payouts.get().intent.state == "SIGNED"


def test_payout_is_withdrawn_before_both_have_signed(stage: Stage) -> None:
    stage.propose_release()
    assert stage.do("merchant", "withdraw-release").status_code == 302
    assert stage.state == "FUNDED"


def test_dispute_takes_statements_and_evidence_of_both(stage: Stage) -> None:
    stage.dispute()
    assert stage.state == "DISPUTE_OPEN"
    assert stage.do("merchant", "add-statement", text="It was sent on Monday.").status_code == 302
    assert stage.do("merchant", "add-evidence", content=b"waybill").status_code == 302
    page = stage.page("buyer")
    assert "It was sent on Monday." in page
    assert "content.bin" in page
    assert Deal.objects.get().amount == AMOUNT

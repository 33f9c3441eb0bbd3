"""Payees on the deny list: refused when a payment is prepared and judged, not after three signatures."""

from typing import Any

import pytest
from django.test import Client as Http

from custody.common import clock
from custody.common.errors import RefusedError
from custody.hsm.models import SigningRequest
from custody.wallets import services
from custody.wallets.models import TransferIntent
from custody.wallets.states import State
from tests.cast import logged_in
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS
from tests.wallets.deals import audited
from tests.wallets.houses import QUORUM, HouseDesk

SENTENCE = "Der Empfänger steht auf der festgelegten Sperrliste."


@pytest.fixture
def desk(rich: HouseDesk, monkeypatch: pytest.MonkeyPatch) -> HouseDesk:
    monkeypatch.setattr(clock, "now", lambda: rich.at)
    return rich


@pytest.fixture
def http(desk: HouseDesk) -> Http:
    return logged_in(desk.treasurer)


def prepare(http: Http, desk: HouseDesk, payee: str) -> Any:
    sent = {"payee": payee, "mode": "amount", "amount": "990000", "fee_max": "10000"}
    data = {f"plan_transfer-{name}": value for name, value in sent.items()}
    return http.post(f"/admin/wallets/wallet/{desk.wallet.pk}/do/plan_transfer/", data)


def page_of(http: Http, intent: TransferIntent) -> str:
    return http.get(f"/admin/wallets/transferintent/{intent.pk}/change/").content.decode()


def test_a_denied_payee_is_refused_at_its_field(http: Http, desk: HouseDesk) -> None:
    desk.deny(MERCHANT_ADDRESS)
    answer = prepare(http, desk, MERCHANT_ADDRESS)
    assert answer.status_code == 400
    offer = next(item for item in answer.context_data["offers"] if item.deed.name == "plan_transfer")
    assert offer.form.errors == {"payee": [SENTENCE]}
    with pytest.raises(RefusedError) as refusal:
        services.propose_transfer(
            actor=desk.treasurer, wallet_id=desk.wallet.pk, wish=desk.wish(990_000), at=desk.at
        )
    assert (refusal.value.code, refusal.value.field) == ("payee_denied", "payee")
    assert not TransferIntent.objects.exists()
    assert prepare(http, desk, BUYER_ADDRESS).status_code == 302


def test_what_was_taken_off_the_list_is_paid_again(http: Http, desk: HouseDesk) -> None:
    desk.deny(MERCHANT_ADDRESS, BUYER_ADDRESS)
    desk.deny(MERCHANT_ADDRESS, kind="DENY_REMOVE")
    assert prepare(http, desk, MERCHANT_ADDRESS).status_code == 302
    assert prepare(http, desk, BUYER_ADDRESS).status_code == 400


def test_a_payee_denied_since_the_proposal_ends_it_before_the_signer_is_asked(
    http: Http, desk: HouseDesk
) -> None:
    intent = desk.propose(990_000)
    desk.deny(MERCHANT_ADDRESS)
    asked = SigningRequest.objects.count()
    desk.approve(intent, *QUORUM)
    assert desk.drive(intent).state == State.DENIED
    assert SigningRequest.objects.count() == asked
    assert audited("wallets.intent.denied")[0]["code"] == "payee_denied"
    page = page_of(http, intent)
    assert SENTENCE in page
    assert "auf der Sperrliste" in page
    assert desk.propose(990_000, payee=BUYER_ADDRESS).coins == intent.coins


def test_a_refusal_of_the_signer_is_said_in_its_words(http: Http, desk: HouseDesk) -> None:
    intent = desk.asked()
    desk.deny(MERCHANT_ADDRESS)
    assert desk.answer(intent).rule == "payee_denied"
    page = page_of(http, intent)
    assert f"{SENTENCE} (payee_denied)" in page
    assert "Der Signierer hat endgültig abgelehnt: " in page

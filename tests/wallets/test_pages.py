"""Pages of payments, wallets and chain: words for the very bytes that are signed; nothing to press."""

from datetime import timedelta

import pytest

from custody.accounts.models import User
from custody.common import clock
from custody.wallets.services import note_problem
from tests.cast import logged_in
from tests.harness.bitcoin import MERCHANT_ADDRESS
from tests.wallets.deals import AMOUNT, AT, Escrow, give

pytestmark = pytest.mark.usefixtures("live_clock")


def text(user: User, path: str) -> str:
    response = logged_in(user).get(path)
    assert response.status_code == 200
    return response.content.decode()


def page_of(record: str) -> str:
    pages = {"int": "transferintent", "wal": "wallet"}
    return f"/admin/wallets/{pages[record.partition('_')[0]]}/{record}/change/"


def test_a_payment_says_whom_the_transaction_pays(funded: Escrow, treasurer: User) -> None:
    intent = funded.collecting()
    page = text(treasurer, page_of(intent.pk))
    fee = AMOUNT - 998_000
    assert '<span class="amount">0,00998000 BTC</span> an: Händler' in page
    assert f'<span class="amount">{fee / 1e8:.8f} BTC</span>'.replace(".", ",", 1) in page
    assert "".join(f"<span>{MERCHANT_ADDRESS[i : i + 4]}</span>" for i in range(0, 44, 4)) in page


def test_a_payment_shows_who_has_signed(funded: Escrow, treasurer: User) -> None:
    intent = funded.collecting()
    give(intent, "buyer")
    signatures = text(treasurer, page_of(intent.pk)).partition("Zwei von drei Schlüsseln sind nötig.")[2]
    assert "Käufer" in signatures.partition("</section>")[0]
    assert "Händler" not in signatures.partition("</section>")[0]


def test_a_payment_shows_the_conditions_of_the_policy(funded: Escrow, treasurer: User) -> None:
    page = text(treasurer, page_of(funded.collecting().pk))
    assert "Entscheidung des Regelwerks" in page
    assert '<span class="status bad">' not in page
    assert "</span> erfüllt</span>" in page
    assert "Sperren</span>" not in page.partition("Entscheidung des Regelwerks")[2].partition("</section>")[0]


def test_a_wallet_shows_its_coins_and_their_depth(funded: Escrow, treasurer: User) -> None:
    page = text(treasurer, page_of(funded.wallet.pk))
    assert '<span class="amount">0,01000000 BTC</span>' in page
    assert "Coins in Verwahrung" in text(treasurer, "/admin/wallets/wallet/")
    assert "endgültig" in page


def test_a_wallet_says_what_no_payout_of_ours_takes(escrow: Escrow, treasurer: User) -> None:
    escrow.fund(AMOUNT, 1_999)
    page = text(treasurer, page_of(escrow.wallet.pk))
    facts = page.partition("davon in keiner unserer Auszahlungen")[2]
    assert '<span class="amount">0,00001999 BTC</span>' in facts.partition("</div>")[0]
    assert page.count("endgültig, in keiner unserer Auszahlungen") == 1
    assert "Käufer und Händler gemeinsam" in page


def test_a_chain_transaction_links_the_wallet_it_pays(funded: Escrow, treasurer: User) -> None:
    row = funded.wallet.utxos.get().transaction
    page = text(treasurer, f"/admin/wallets/chaintransaction/{row.pk}/change/")
    assert page_of(funded.wallet.pk) in page


def test_a_stopped_payment_is_due(funded: Escrow, treasurer: User) -> None:
    intent = funded.submit()
    assert page_of(intent.pk) not in text(treasurer, "/admin/")
    note_problem(intent_id=intent.pk, code="no_coins")
    home = text(treasurer, "/admin/")
    assert page_of(intent.pk) in home
    assert "(no_coins)" in home


def test_a_chain_that_is_not_followed_is_due(
    funded: Escrow, treasurer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = funded.wallet.chain
    assert chain not in text(treasurer, "/admin/")
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(minutes=6))
    assert chain in text(treasurer, "/admin/")


def test_pages_offer_no_button(funded: Escrow, treasurer: User) -> None:
    intent = funded.collecting()
    for record in (intent.pk, funded.wallet.pk):
        assert "/do/" not in text(treasurer, page_of(record))


def test_administrators_do_not_see_wallets(funded: Escrow, administrator: User) -> None:
    for page in ("wallet", "transferintent", "chaintransaction"):
        assert logged_in(administrator).get(f"/admin/wallets/{page}/").status_code == 403
    assert logged_in(administrator).get(page_of(funded.wallet.pk)).status_code == 404

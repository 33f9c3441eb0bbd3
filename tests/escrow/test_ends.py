"""Deals that end without a payout of ours: never funded, or moved by buyer and merchant alone."""

from datetime import timedelta

import pytest

from custody.accounts.models import User
from custody.chains.bitcoin.psbt import Payee, Spendable, add_signatures, build_payout, decode, finalize
from custody.escrow import selectors, services, tasks
from custody.escrow.models import Deal
from custody.escrow.states import State
from custody.wallets import selectors as wallets
from scripts.embedded.bitcoind import Node
from scripts.party.signing import sign_inputs
from tests.cast import AT, logged_in
from tests.escrow.deposits import Deposit, pay, start_chain
from tests.escrow.office import assert_refused, due, offered, page, press, recorded
from tests.escrow.stage import Stage
from tests.escrow.test_holds import hold
from tests.harness.bitcoin import REGTEST

pytestmark = pytest.mark.usefixtures("live_clock")


@pytest.fixture
def awaiting(stage: Stage) -> Stage:
    start_chain()
    return stage.until(State.AWAITING_FUNDING)


def close(stage: Stage, user: User | None = None) -> int:
    return int(press(user or stage.officer, stage.deal_id, "close_unfunded").status_code)


def titles(user: User) -> set[str]:
    """Kinds of work the home page lists that ``user`` may do."""
    return {kind for kind, rows in due(user).items() if any(not row.blocked for row in rows)}


def test_an_officer_closes_a_deal_that_nobody_funded(awaiting: Stage) -> None:
    assert close(awaiting) == 302
    assert awaiting.deal.state == State.FUNDING_EXPIRED
    assert [payload["to"] for payload in recorded("escrow.deal.funding_expired")] == ["FUNDING_EXPIRED"]
    assert "geschlossen, nicht eingezahlt" in page(awaiting.officer, awaiting.deal_id)
    for side in awaiting.sides:
        shown = logged_in(side.user).get(f"/deals/{awaiting.deal_id}/").content.decode()
        assert "Zahlen Sie nichts mehr an seine Adresse." in shown
        assert "/do/" not in shown


def test_a_deal_with_coins_at_its_address_is_not_closed(awaiting: Stage) -> None:
    pay(awaiting.deal, Deposit((999_999,)))
    assert offered(awaiting.officer, awaiting.deal_id)["close_unfunded"] is False
    response = press(awaiting.officer, awaiting.deal_id, "close_unfunded")
    assert_refused(response, verb="escrow.deal.close.refused", code="coins_at_address")
    assert awaiting.deal.state == State.AWAITING_FUNDING
    assert titles(awaiting.officer) == {"_funded_in_part"}


def test_who_opens_no_deals_closes_none(awaiting: Stage, auditor: User) -> None:
    response = press(auditor, awaiting.deal_id, "close_unfunded")
    assert_refused(response, verb="escrow.deal.close.refused", code="no_right")
    assert awaiting.deal.state == State.AWAITING_FUNDING


def test_a_held_deal_is_not_closed(awaiting: Stage) -> None:
    hold(awaiting)
    response = press(awaiting.officer, awaiting.deal_id, "close_unfunded")
    assert_refused(response, verb="escrow.deal.close.refused", code="compliance_hold")
    assert awaiting.deal.state == State.AWAITING_FUNDING


def test_a_deal_without_coins_is_due_after_two_weeks(awaiting: Stage, auditor: User) -> None:
    Deal.objects.update(state_changed_at=AT - timedelta(days=14) + timedelta(seconds=1))
    assert "_unfunded" not in due(awaiting.officer)
    Deal.objects.update(state_changed_at=AT - timedelta(days=14))
    assert titles(awaiting.officer) == {"_unfunded"}
    assert titles(auditor) == set()


def test_coins_that_come_after_the_end_are_due(awaiting: Stage) -> None:
    close(awaiting)
    pay(awaiting.deal, Deposit((1_000_000,)))
    assert awaiting.deal.state == State.FUNDING_EXPIRED
    assert titles(awaiting.officer) == {"_paid_too_late"}


def spend_without_us(stage: Stage, node: Node) -> str:
    """Buyer and merchant move the largest coin with their own programs; return the transaction's id."""
    wallet = selectors.wallet_of(stage.deal)
    assert wallet is not None
    coin = wallets.mined_utxos(wallet)[0]
    psbt = build_payout(
        inputs=[Spendable(coin.vout, bytes(coin.transaction.raw))],
        payees=[Payee(stage.buyer.payout, coin.amount - 5_000)],
        witness_script=bytes(wallet.script),
        chain=REGTEST,
    )
    for side in stage.sides:
        signatures = sign_inputs(side.key, decode(psbt, chain=REGTEST))
        psbt = add_signatures(psbt, chain=REGTEST, signatures=signatures)
    final = finalize(psbt, chain=REGTEST)
    node.client().send(final.to_bytes())
    return final.txid


@pytest.mark.parametrize("state", [State.FUNDED, State.DISPUTE_OPEN])
def test_coins_moved_by_the_parties_alone_end_the_deal(funded: Stage, node: Node, state: State) -> None:
    if state == State.DISPUTE_OPEN:
        services.open_dispute(actor=funded.buyer.user, deal_id=funded.deal_id, claim="Nothing came.", at=AT)
    txid = spend_without_us(funded, node)
    funded.mine(node, 2)
    assert funded.deal.state == state
    funded.mine(node, 1)
    tasks.sweep()
    assert funded.deal.state == State.SETTLED
    assert [payload["txids"] for payload in recorded("escrow.deal.settled")] == [[txid]]
    assert "Coins von den Parteien ohne uns bewegt" in page(funded.officer, funded.deal_id)


def test_a_proposed_release_whose_coins_are_gone_ends_the_deal(funded: Stage, node: Node) -> None:
    services.propose_release(actor=funded.buyer.user, deal_id=funded.deal_id, at=AT)
    funded.drive()
    spend_without_us(funded, node)
    funded.mine(node, 3)
    tasks.sweep()
    assert funded.deal.state == State.SETTLED


def test_a_deal_goes_on_while_coins_can_be_paid_out(funded: Stage, node: Node) -> None:
    funded.fund(node, 1_500_000)
    spend_without_us(funded, node)
    funded.mine(node, 3)
    tasks.sweep()
    assert funded.deal.state == State.FUNDED


def test_a_payout_of_ours_is_no_settlement(funded: Stage, node: Node) -> None:
    services.propose_release(actor=funded.buyer.user, deal_id=funded.deal_id, at=AT)
    funded.drive()
    for side in funded.sides:
        funded.give(side)
    funded.drive()
    funded.mine(node, 3)
    tasks.sweep()
    assert funded.deal.state == State.RELEASED
    assert recorded("escrow.deal.settled") == []

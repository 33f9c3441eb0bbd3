"""T6: stored bytes go out; what the node says decides the state, and its absence changes nothing."""

import pytest
from pytest_django import Settings

from custody.accounts.models import User
from custody.chains.bitcoin.configured import bitcoin_node
from custody.common.errors import RefusedError, UnavailableError
from custody.wallets import services
from custody.wallets.models import TransferIntent, TxAttempt
from custody.wallets.states import State
from scripts.embedded.bitcoind import Node
from tests.escrow.test_holds import clear
from tests.harness.bitcoin import BUYER_ADDRESS, REGTEST, sign
from tests.wallets.deals import AT, Escrow, attempt_of, drive, fresh
from tests.wallets.test_signing import hold_deal


def mempool(node: Node) -> set[str]:
    return set(node.client().call("getrawmempool"))


def test_sends_the_stored_bytes(funded: Escrow) -> None:
    intent = funded.sent()
    attempt = attempt_of(intent)
    assert intent.state == State.BROADCAST
    assert attempt.txid in mempool(funded.node)
    assert attempt.first_sent_at == AT


def test_sending_again_changes_nothing(funded: Escrow) -> None:
    intent = funded.sent()
    services.broadcast_intent(intent_id=intent.pk, at=AT)
    assert fresh(intent).state == State.BROADCAST


def test_what_the_node_forgot_is_sent_again(funded: Escrow) -> None:
    intent = funded.sent()
    forget_mempool(funded.node)
    assert attempt_of(intent).txid not in mempool(funded.node)
    services.broadcast_intent(intent_id=intent.pk, at=AT)
    assert attempt_of(intent).txid in mempool(funded.node)
    assert fresh(intent).state == State.BROADCAST


def test_what_was_sent_and_lost_its_coins_is_unknown(funded: Escrow) -> None:
    intent = funded.sent()
    forget_mempool(funded.node)
    spend_elsewhere(funded)
    services.broadcast_intent(intent_id=intent.pk, at=AT)
    assert fresh(intent).state == State.UNKNOWN


def test_a_crash_after_sending_is_made_up_for(funded: Escrow) -> None:
    """The state says BROADCASTING and the node knows the transaction: sending again is the remedy."""
    from custody.wallets.services.broadcast import _start_sending

    intent = funded.signed()
    raw = _start_sending(intent.pk, at=AT)
    assert raw is not None
    funded.node.client().send(raw)
    assert drive(intent).state == State.BROADCAST


def test_a_node_that_is_gone_leaves_it_to_be_sent_later(funded: Escrow, settings: Settings) -> None:
    intent = funded.signed()
    url = settings.BITCOIN_RPC_URL
    settings.BITCOIN_RPC_URL = "http://127.0.0.1:9"
    with pytest.raises(UnavailableError) as refusal:
        services.broadcast_intent(intent_id=intent.pk, at=AT)
    assert refusal.value.code == "node_unavailable"
    assert fresh(intent).state == State.BROADCASTING
    settings.BITCOIN_RPC_URL = url
    assert drive(intent).state == State.BROADCAST


def test_a_held_payout_is_not_sent(funded: Escrow) -> None:
    intent = funded.signed()
    hold_deal(funded)
    with pytest.raises(RefusedError) as refusal:
        services.broadcast_intent(intent_id=intent.pk, at=AT)
    assert refusal.value.code == "on_hold"
    assert fresh(intent).state == State.SIGNED
    assert attempt_of(intent).txid not in mempool(funded.node)
    assert TxAttempt.objects.get().first_sent_at is None


def test_a_hold_stops_what_waits_for_the_node(
    funded: Escrow, settings: Settings, officer: User, second_officer: User
) -> None:
    intent = funded.signed()
    url = settings.BITCOIN_RPC_URL
    settings.BITCOIN_RPC_URL = "http://127.0.0.1:9"
    with pytest.raises(UnavailableError):
        services.broadcast_intent(intent_id=intent.pk, at=AT)
    settings.BITCOIN_RPC_URL = url
    hold_deal(funded)
    assert_not_sent(intent, State.BROADCASTING)
    clear(officer, second_officer)
    assert drive(intent).state == State.BROADCAST


def test_a_hold_stops_what_could_be_sent_again_but_never_was(funded: Escrow) -> None:
    intent = funded.signed()
    rival = spend_elsewhere(funded)
    services.broadcast_intent(intent_id=intent.pk, at=AT)
    funded.node.disconnect_block(rival)
    funded.node.mine_empty(2)
    forget_mempool(funded.node)
    hold_deal(funded)
    assert_not_sent(intent, State.UNKNOWN)


def test_what_was_in_a_block_is_sent_again_despite_a_hold(funded: Escrow) -> None:
    """The coins have moved before the hit; a reorganisation is no second decision about it."""
    intent = funded.sent()
    (block,) = funded.mine()
    funded.node.disconnect_block(block)
    funded.node.mine_empty(2)
    services.scan_chain(at=AT)
    hold_deal(funded)
    assert fresh(intent).state == State.REORGED
    assert drive(intent).state == State.BROADCAST


def assert_not_sent(intent: TransferIntent, state: State) -> None:
    """The next step is refused because of the hold, and the node knows nothing."""
    with pytest.raises(RefusedError) as refusal:
        services.take_step(intent_id=intent.pk, at=AT)
    assert refusal.value.code == "on_hold"
    assert fresh(intent).state == state
    with bitcoin_node() as client:
        assert attempt_of(intent).txid not in client.call("getrawmempool")


def test_missing_inputs_are_unknown_and_never_rebuilt(funded: Escrow) -> None:
    intent = funded.signed()
    spend_elsewhere(funded)
    services.broadcast_intent(intent_id=intent.pk, at=AT)
    assert fresh(intent).state == State.UNKNOWN
    assert TxAttempt.objects.count() == 1


def test_an_unknown_payout_is_sent_again_when_its_coins_are_free(funded: Escrow) -> None:
    intent = funded.signed()
    rival = spend_elsewhere(funded)
    services.broadcast_intent(intent_id=intent.pk, at=AT)
    funded.node.disconnect_block(rival)
    funded.node.mine_empty(2)
    forget_mempool(funded.node)
    assert drive(intent).state == State.BROADCAST


def test_nothing_is_sent_before_it_is_signed(funded: Escrow) -> None:
    intent = funded.collecting()
    services.broadcast_intent(intent_id=intent.pk, at=AT)
    assert fresh(intent).state == State.SIGNING


def spend_elsewhere(escrow: Escrow, *, scan: bool = False) -> str:
    """Buyer and merchant spend the coin without us; return the block, which the monitor sees on ``scan``."""
    from custody.chains.bitcoin.psbt import Payee, Spendable, build_payout, finalize
    from custody.wallets import selectors

    coin = selectors.mined_utxos(escrow.wallet).get()
    psbt = build_payout(
        inputs=[Spendable(coin.vout, bytes(coin.transaction.raw))],
        payees=[Payee(BUYER_ADDRESS, 990_000)],
        witness_script=bytes(escrow.wallet.script),
        chain=REGTEST,
    )
    final = finalize(sign(sign(psbt, "buyer"), "merchant"), chain=REGTEST)
    escrow.node.client().send(final.to_bytes())
    block = escrow.node.mine()[0]
    if scan:
        services.scan_chain(at=AT)
    return block


def forget_mempool(node: Node) -> None:
    """Restart the node without its mempool: the rival is gone, as if it had never been relayed."""
    node.stop()
    (node.directory / "regtest" / "mempool.dat").unlink()
    node.start(fund=False)

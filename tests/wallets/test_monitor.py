"""The monitor on a real node: payments, spends, finality, reorganisations, absence of the node."""

from datetime import timedelta

import pytest
from django.conf import settings
from pytest_django import Settings

from custody.audit.models import AuditEntry
from custody.chains.bitcoin.block import parse_block
from custody.chains.bitcoin.transaction import parse_transaction
from custody.common.errors import RefusedError, UnavailableError
from custody.hsm.models import SigningRequest
from custody.statements.terms import Payouts
from custody.wallets import selectors, services
from custody.wallets.models import BlockHeader, ChainCursor, ChainTransaction, Utxo, UtxoLease
from custody.wallets.services.chain import scan_chain
from custody.wallets.services.chain.connect import connect_block
from custody.wallets.services.chain.disconnect import disconnect_block
from custody.wallets.states import State
from scripts.embedded.bitcoind import Node
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST
from tests.wallets.deals import AT, Escrow, attempt_of, audited, drive, fresh, give, path_of
from tests.wallets.test_broadcast import spend_elsewhere

DEPTH = 3


def tip(node: Node) -> tuple[int, str]:
    height = node.client().height()
    return height, node.client().block_hash(height)


def cursor() -> tuple[int, str]:
    row = ChainCursor.objects.get(chain=REGTEST)
    return row.height, row.block_hash


def reorganise(node: Node, first_gone: str, *, blocks: int) -> None:
    """Replace the chain from ``first_gone`` on by empty blocks; its transactions wait again."""
    node.disconnect_block(first_gone)
    node.mine_empty(blocks)
    scan_chain(at=AT)


def test_follows_the_node_to_its_tip(escrow: Escrow) -> None:
    escrow.node.mine(3)
    assert scan_chain(at=AT) == 3
    assert cursor() == tip(escrow.node)
    assert scan_chain(at=AT) == 0


def test_starts_above_genesis_when_nothing_is_known(db: None, node: Node) -> None:
    scan_chain(at=AT)
    assert not BlockHeader.objects.filter(height=0).exists()
    assert BlockHeader.objects.get(height=1).parent == node.client().block_hash(0)


def test_starts_above_the_configured_block(db: None, node: Node, settings: Settings) -> None:
    settings.BITCOIN_START_HEIGHT = node.client().height() - 1
    assert scan_chain(at=AT) == 1
    assert cursor() == tip(node)


def test_sees_a_payment_and_counts_its_confirmations(escrow: Escrow) -> None:
    escrow.fund(final=False)
    funding = selectors.wallet_funding(escrow.wallet)
    assert (funding.mined, funding.final, funding.coins, funding.depth) == (1_000_000, 0, 1, 1)
    escrow.mine(DEPTH - 1)
    funding = selectors.wallet_funding(escrow.wallet)
    assert (funding.mined, funding.final, funding.depth) == (1_000_000, 1_000_000, DEPTH)
    (entry,) = audited("wallets.payment.mined")
    assert (entry["amount"], entry["height"]) == ("1000000", escrow.node.client().height() - DEPTH + 1)


def test_a_payment_in_the_mempool_only_is_no_funding(escrow: Escrow) -> None:
    escrow.node.fund(escrow.wallet.address, 1_000_000)
    scan_chain(at=AT)
    assert selectors.wallet_funding(escrow.wallet).mined == 0


def test_ignores_payments_to_others(escrow: Escrow) -> None:
    escrow.node.fund(MERCHANT_ADDRESS, 50_000)
    escrow.mine()
    assert not Utxo.objects.exists()
    assert not ChainTransaction.objects.exists()


def test_a_mined_payout_becomes_final_at_depth(funded: Escrow) -> None:
    intent = funded.sent()
    funded.mine()
    assert fresh(intent).state == State.MINED
    assert selectors.confirmations(attempt_of(intent)) == 1
    assert UtxoLease.objects.get().released_at is None
    funded.mine(DEPTH - 2)
    assert fresh(intent).state == State.MINED
    funded.mine()
    assert fresh(intent).state == State.FINAL
    assert selectors.confirmations(attempt_of(intent)) == DEPTH
    assert UtxoLease.objects.get().released_at == AT
    assert selectors.wallet_funding(funded.wallet).spent == 1_000_000


def test_parties_may_send_the_payout_themselves(funded: Escrow) -> None:
    """They hold both signatures; the transaction is the same, so the intent is fulfilled."""
    from custody.chains.bitcoin.psbt import finalize
    from tests.harness.bitcoin import sign

    intent = funded.collecting()
    final = finalize(sign(sign(attempt_of(intent).psbt, "buyer"), "merchant"), chain=REGTEST)
    funded.node.client().send(final.to_bytes())
    funded.mine()
    assert fresh(intent).state == State.MINED
    assert bytes(attempt_of(intent).raw or b"") == final.to_bytes()


def test_a_rival_spend_makes_the_payout_unknown_and_its_finality_ends_it(funded: Escrow) -> None:
    intent = funded.collecting()
    spend_elsewhere(funded)
    scan_chain(at=AT)
    assert fresh(intent).state == State.UNKNOWN
    assert drive(intent).state == State.UNKNOWN
    funded.mine(DEPTH - 1)
    assert fresh(intent).state == State.CANCELLED
    assert UtxoLease.objects.get().released_at == AT


@pytest.mark.parametrize("needs_our_key", [False, True])
def test_a_payout_is_collected_again_when_its_rival_was_thrown_out(
    funded: Escrow, needs_our_key: bool
) -> None:
    intent = funded.collecting(needs_our_key=needs_our_key)
    psbt, request = attempt_of(intent).psbt, attempt_of(intent).signing_request
    reorganise(funded.node, spend_elsewhere(funded, scan=True), blocks=2)
    assert fresh(intent).state == State.UNKNOWN
    assert drive(intent).state == State.SIGNING
    assert path_of(intent)[-3:] == ["UNKNOWN", "PREPARED", "SIGNING"]
    assert (attempt_of(intent).psbt, attempt_of(intent).signing_request) == (psbt, request)
    assert SigningRequest.objects.count() == int(needs_our_key)
    give(intent, "buyer")
    give(intent, "merchant")
    assert fresh(intent).state == State.SIGNED


def test_a_withdrawn_payout_ends_when_its_successor_is_final(funded: Escrow) -> None:
    first = funded.collecting()
    give(first, "buyer")
    services.cancel_intent(actor="system:test", intent_id=first.pk, reason="dispute", at=AT)
    second = funded.collecting((BUYER_ADDRESS, 998_000))
    give(second, "buyer")
    give(second, "merchant")
    services.broadcast_intent(intent_id=second.pk, at=AT)
    funded.mine()
    assert (fresh(first).state, fresh(second).state) == (State.CANCELLING, State.MINED)
    funded.mine(DEPTH - 1)
    assert (fresh(first).state, fresh(second).state) == (State.CANCELLED, State.FINAL)


def test_a_withdrawn_payout_that_is_mined_nevertheless_counts(funded: Escrow) -> None:
    from custody.chains.bitcoin.psbt import finalize
    from tests.harness.bitcoin import sign

    intent = funded.collecting()
    services.cancel_intent(actor="system:test", intent_id=intent.pk, reason="dispute", at=AT)
    final = finalize(sign(sign(attempt_of(intent).psbt, "buyer"), "merchant"), chain=REGTEST)
    funded.node.client().send(final.to_bytes())
    funded.mine(DEPTH)
    assert fresh(intent).state == State.FINAL


def test_a_reorganised_payment_is_no_funding_until_it_is_mined_again(escrow: Escrow) -> None:
    escrow.node.fund(escrow.wallet.address, 1_000_000)
    (block,) = escrow.mine()
    reorganise(escrow.node, block, blocks=2)
    assert selectors.wallet_funding(escrow.wallet).mined == 0
    row = ChainTransaction.objects.get()
    assert (row.height, row.block_hash, row.orphaned_at) == (None, "", AT)
    assert cursor() == tip(escrow.node)
    escrow.mine()
    assert selectors.wallet_funding(escrow.wallet).mined == 1_000_000
    assert ChainTransaction.objects.get().orphaned_at is None


def test_a_reorganised_payout_is_sent_again_and_ends_well(funded: Escrow) -> None:
    intent = funded.sent()
    (block,) = funded.mine()
    reorganise(funded.node, block, blocks=2)
    assert fresh(intent).state == State.REORGED
    assert Utxo.objects.get().spender is None
    assert drive(intent).state == State.BROADCAST
    funded.mine(DEPTH)
    assert fresh(intent).state == State.FINAL


def test_a_reorganisation_deletes_nothing(funded: Escrow) -> None:
    intent = funded.sent()
    (block,) = funded.mine()
    entries, headers = AuditEntry.objects.count(), BlockHeader.objects.count()
    reorganise(funded.node, block, blocks=2)
    assert AuditEntry.objects.count() > entries
    assert BlockHeader.objects.count() == headers + 2
    assert BlockHeader.objects.get(hash=block).is_orphaned
    (entry,) = audited("wallets.block.disconnected")
    assert entry["transactions"] == [attempt_of(intent).txid]


def test_a_payout_that_was_final_and_is_undone_is_a_case_for_people(funded: Escrow) -> None:
    intent = funded.sent()
    blocks = funded.mine(DEPTH)
    reorganise(funded.node, blocks[0], blocks=DEPTH + 1)
    assert fresh(intent).state == State.FINAL
    assert AuditEntry.objects.get(verb="wallets.finality.broken").subject == intent.pk


def test_a_shorter_chain_is_followed_back(escrow: Escrow) -> None:
    blocks = escrow.mine(2)
    escrow.node.disconnect_block(blocks[0])
    scan_chain(at=AT)
    assert cursor() == tip(escrow.node)
    escrow.mine(1)


def test_a_chain_that_differs_below_the_start_is_refused(escrow: Escrow) -> None:
    ChainCursor.objects.update(block_hash="00" * 32)
    with pytest.raises(RefusedError) as refusal:
        scan_chain(at=AT)
    assert refusal.value.code == "reorg_too_deep"


def test_two_monitors_take_a_block_in_once(escrow: Escrow) -> None:
    height, _ = cursor()
    escrow.node.fund(escrow.wallet.address, 1_000_000)
    (block_hash,) = escrow.node.mine()
    block = parse_block(escrow.node.client().raw_block(block_hash))
    for _ in range(2):
        connect_block(chain=REGTEST, height=height + 1, block=block, at=AT)
    assert AuditEntry.objects.filter(verb="wallets.payment.mined").count() == 1
    for _ in range(2):
        disconnect_block(chain=REGTEST, height=height + 1, block_hash=block_hash, at=AT)
    assert cursor()[0] == height
    assert AuditEntry.objects.filter(verb="wallets.block.disconnected").count() == 1


def test_a_coin_spent_in_the_block_that_made_it_is_seen(escrow: Escrow) -> None:
    from custody.chains.bitcoin.psbt import Payee, Spendable, build_payout, finalize
    from custody.chains.bitcoin.transaction import parse_transaction
    from tests.harness.bitcoin import sign

    raw = escrow.node.client().raw_transaction(escrow.node.fund(escrow.wallet.address, 1_000_000))
    assert raw is not None
    outputs = parse_transaction(raw).outputs
    vout = next(i for i, item in enumerate(outputs) if item.script == bytes(escrow.wallet.script_pubkey))
    psbt = build_payout(
        inputs=[Spendable(vout, raw)],
        payees=[Payee(BUYER_ADDRESS, 990_000)],
        witness_script=bytes(escrow.wallet.script),
        chain=REGTEST,
    )
    final = finalize(sign(sign(psbt, "buyer"), "merchant"), chain=REGTEST)
    escrow.node.client().send(final.to_bytes())
    escrow.mine()
    coin = Utxo.objects.get()
    assert coin.spender is not None
    assert coin.spender.txid == final.txid
    assert selectors.wallet_funding(escrow.wallet).mined == 0


def test_a_node_that_is_gone_changes_nothing_and_is_recorded_once(escrow: Escrow, settings: Settings) -> None:
    before = cursor()
    url = settings.BITCOIN_RPC_URL
    settings.BITCOIN_RPC_URL = "http://127.0.0.1:9"
    for _ in range(2):
        with pytest.raises(UnavailableError):
            scan_chain(at=AT)
    assert cursor() == before
    assert [entry["code"] for entry in audited("wallets.node.failed")] == ["node_unavailable"]
    settings.BITCOIN_RPC_URL = url
    scan_chain(at=AT)
    scan_chain(at=AT)
    assert len(audited("wallets.node.recovered")) == 1


def test_keeps_when_the_node_was_heard_last(escrow: Escrow, settings: Settings) -> None:
    later = AT + timedelta(minutes=10)
    scan_chain(at=later)
    settings.BITCOIN_RPC_URL = "http://127.0.0.1:9"
    with pytest.raises(UnavailableError):
        scan_chain(at=later + timedelta(minutes=10))
    assert ChainCursor.objects.get().updated_at == later


def test_a_node_of_another_chain_is_not_believed(escrow: Escrow, settings: Settings) -> None:
    settings.BITCOIN_CHAIN = "bip122:000000000019d6689c085ae165831e93"
    with pytest.raises(UnavailableError) as refusal:
        scan_chain(at=AT)
    assert refusal.value.code == "node_wrong_chain"


def test_the_depth_of_the_tests_is_the_configured_one() -> None:
    assert settings.BITCOIN_FINALITY_DEPTH == DEPTH


def test_keeps_a_payment_without_its_witness(escrow: Escrow) -> None:
    escrow.fund()
    row = ChainTransaction.objects.get()
    raw = escrow.node.client().raw_transaction(row.txid)
    assert raw is not None
    assert parse_transaction(raw).has_witness
    assert bytes(row.raw) == parse_transaction(raw).stripped()


def test_keeps_a_payout_whole_also_where_it_pays_another_deal(escrow: Escrow) -> None:
    from custody.chains.bitcoin.psbt import finalize
    from tests.harness.bitcoin import sign

    payouts = Payouts(buyer=BUYER_ADDRESS, merchant=escrow.wallet.address)
    payer = Escrow.open(escrow.node, f"{escrow.mediator} of the payer", payouts=payouts)
    payer.fund()
    intent = payer.collecting((escrow.wallet.address, 998_000))
    final = finalize(sign(sign(attempt_of(intent).psbt, "buyer"), "merchant"), chain=REGTEST)
    payer.node.client().send(final.to_bytes())
    payer.mine()
    assert bytes(attempt_of(intent).raw or b"") == final.to_bytes()
    assert selectors.wallet_funding(escrow.wallet).mined == 998_000

"""One award on its way through worker, signer and node, and the proof that it happened exactly once."""

from celery import current_app

from custody.chains.bitcoin.client import BitcoinClient
from custody.escrow.states import State
from custody.hsm.models import SigningRequest
from custody.hsm.services import wake_signer
from custody.wallets import selectors as wallets
from custody.wallets.models import ChainTransaction, TxAttempt, TxSignature, UtxoLease
from custody.wallets.states import State as IntentState
from tests.harness.live_deal import FINALITY_BLOCKS, LiveDeal
from tests.harness.signer_store import store_rows
from tests.harness.waiting import eventually
from tests.wallets.deals import path_of

# States an award passes, in their order; each is entered once.
PATH = [
    "SUBMITTED", "SCREENING", "POLICY_EVAL", "APPROVED", "QUEUED", "RESERVED", "PREPARED", "SIGNING",
    "SIGNED", "BROADCASTING", "BROADCAST", "MINED", "FINAL",
]  # fmt: skip


def nudge(deal: LiveDeal) -> None:
    """What the sweepers send after ten seconds, sent now."""
    intent = deal.intent
    send("wallets.advance_intent", intent_id=intent.pk)
    send("escrow.follow_intent", intent_id=intent.pk)
    for request in SigningRequest.objects.filter(subject=intent.pk):
        wake_signer(request.pk)
        send("hsm.collect_result", request_id=request.pk)


def send(name: str, **ids: str) -> None:
    current_app.tasks[name].apply_async(kwargs=ids)


def finish(deal: LiveDeal) -> None:
    """Go on from wherever the award stands until it is final, and check that it happened once."""
    nudge(deal)
    if deal.intent.state not in {IntentState.MINED, IntentState.FINAL}:
        give_merchants_signature(deal)
        nudge(deal)
        deal.wait_for(State.AWARD_BROADCAST, State.RESOLVED)
    deal.cast.node.mine(FINALITY_BLOCKS)
    send("wallets.scan_chain")
    deal.wait_for_intent(IntentState.FINAL)
    send("escrow.follow_intent", intent_id=deal.intent.pk)
    deal.wait_for(State.RESOLVED)
    happened_once(deal)


def give_merchants_signature(deal: LiveDeal) -> None:
    """The merchant signs once the transaction is handed out, unless that was done."""
    signable = (IntentState.SIGNING, IntentState.SIGNED, IntentState.BROADCASTING, IntentState.BROADCAST)
    deal.wait_for_intent(*signable)
    merchant = deal.stage.merchant
    attempt = wallets.attempt_of(deal.intent)
    assert attempt is not None
    if merchant.public_key not in wallets.signed_keys(attempt):
        eventually(lambda: deal.signed_by_us, what="signature of the signer")
        deal.give(merchant)


def happened_once(deal: LiveDeal) -> None:
    """One transaction on the chain, one of everything that led to it, each state entered once."""
    intent = deal.intent
    attempt = TxAttempt.objects.get(intent=intent)
    assert path_of(intent) == PATH
    assert deal.coins() == []
    assert confirmations(deal.cast.node.client(), attempt.txid) >= FINALITY_BLOCKS
    assert ChainTransaction.objects.filter(txid=attempt.txid).count() == 1
    assert TxSignature.objects.filter(attempt=attempt).count() == 2
    assert UtxoLease.objects.filter(intent=intent).count() == 1
    request = SigningRequest.objects.get(subject=intent.pk)
    assert request.pk == attempt.signing_request
    assert signed_slots(deal, attempt) == [f"btc:{outpoint}" for outpoint in attempt.outpoints]


def signed_slots(deal: LiveDeal, attempt: TxAttempt) -> list[str]:
    """What the signer's journal says was signed of the coins of this attempt."""
    statement = "SELECT slot FROM signer_store_slot WHERE slot LIKE 'btc:%' ORDER BY slot"
    coins = {f"btc:{outpoint}" for outpoint in attempt.outpoints}
    return [slot for (slot,) in store_rows(deal.cast.world.layout.signer, statement) if slot in coins]


def confirmations(client: BitcoinClient, txid: str) -> int:
    return int(client.call("getrawtransaction", txid, 1)["confirmations"])

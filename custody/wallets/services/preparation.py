"""T3: in one transaction coins are leased, the transaction is built and its digests are frozen.

From here on the stored PSBT is the only one for this intent: nothing rebuilds it.
"""

from datetime import datetime

from django.db import transaction

from custody.audit.services import record
from custody.chains.bitcoin.psbt import digests
from custody.common.errors import RefusedError
from custody.common.ids import new_id
from custody.common.queue import enqueue_on_commit
from custody.wallets import selectors
from custody.wallets.models import TransferIntent, TxAttempt, Utxo, UtxoLease, Wallet
from custody.wallets.services.assembly import Assembled, assemble
from custody.wallets.services.decisions import judge
from custody.wallets.services.transitions import WORKER, advance, lock_intent
from custody.wallets.states import Event, State


@transaction.atomic
def prepare_intent(*, intent_id: str, at: datetime) -> None:
    """Reserve and prepare.

    Raises RefusedError ``outpoint_leased`` when another intent holds a coin, ``same_transaction``
    when one of before has the very same transaction.
    """
    wallet = lock_wallet_of(intent_id)
    intent = lock_intent(intent_id)
    if intent.state != State.QUEUED:
        return
    if selectors.is_held(wallet):
        advance(intent_id=intent_id, event=Event.HELD, at=at)
        return
    assembled = assemble(intent)
    outcome = judge(intent, assembled, at=at)
    if outcome == "REQUIRE":
        advance(intent_id=intent_id, event=Event.APPROVALS_NEEDED, at=at)
    if outcome != "ALLOW":
        return
    for coin in assembled.coins:
        _lease(coin, intent, at=at)
    advance(intent_id=intent_id, event=Event.RESERVED, at=at, payload={"coins": len(assembled.coins)})
    attempt = _freeze(intent, assembled, at=at)
    if not wallet.anchor and not wallet.is_house:
        wallet.anchor = assembled.coins[0].outpoint
        wallet.save(update_fields=["anchor"])
    payload = {"attempt": attempt.pk, "txid": attempt.txid, "fee": str(attempt.fee)}
    advance(intent_id=intent_id, event=Event.PREPARED, at=at, payload=payload)
    enqueue_on_commit("wallets.advance_intent", intent_id=intent_id)


def lock_wallet_of(intent_id: str) -> Wallet:
    """Lock the wallet before the intent: one order for all who touch coins."""
    wallets = Wallet.objects.select_for_update(no_key=True)
    return wallets.get(pk=selectors.get_intent(intent_id).wallet_id)


def _lease(coin: Utxo, intent: TransferIntent, *, at: datetime) -> None:
    """Take the coin; one whose holder is being cancelled is handed over, because both share the anchor."""
    held = UtxoLease.objects.filter(utxo=coin, released_at=None).select_related("intent").first()
    if held is not None:
        if held.intent.state != State.CANCELLING:
            raise RefusedError("coin is held for another payout", code="outpoint_leased", field=coin.outpoint)
        held.released_at = at
        held.save(update_fields=["released_at"])
        payload = {"outpoint": coin.outpoint, "from": held.intent_id}
        record(verb="wallets.lease.handed_over", actor=WORKER, subject=intent.pk, payload=payload, at=at)
    UtxoLease.objects.create(utxo=coin, intent=intent, leased_at=at)


def _freeze(intent: TransferIntent, assembled: Assembled, *, at: datetime) -> TxAttempt:
    spend = assembled.spend
    if TxAttempt.objects.filter(chain=spend.chain, txid=spend.txid).exists():
        # One transaction cannot tell on the chain which of two intents it fulfils.
        raise RefusedError("an earlier payout is the same transaction", code="same_transaction")
    return TxAttempt.objects.create(
        id=new_id("att", at=at),
        intent=intent,
        number=1,
        chain=spend.chain,
        txid=spend.txid,
        psbt=assembled.psbt,
        digests=[digest.hex() for digest in digests(spend)],
        outpoints=list(spend.outpoints),
        fee=spend.fee,
        created_at=at,
    )

"""What blocks mean for intents: theirs was mined, another spend was mined, or it is final."""

from datetime import datetime

from custody.wallets import followers, selectors
from custody.wallets.models import ChainTransaction, TransferIntent, TxAttempt, Utxo, UtxoLease
from custody.wallets.services.transitions import MONITOR, advance, lock_intent
from custody.wallets.states import INTENT, Event, State


def note_spend(coin: Utxo, row: ChainTransaction, *, at: datetime) -> None:
    """Tell the intents that meant to spend the coin how it was spent."""
    for attempt in TxAttempt.objects.filter(intent__wallet=coin.wallet_id).order_by("intent_id"):
        if coin.outpoint not in attempt.outpoints:
            continue
        if attempt.txid != row.txid:
            _advance_if_possible(attempt.intent_id, Event.SPENT_ELSEWHERE, row, at=at)
            continue
        if attempt.raw is None:  # Parties completed it without us; the bytes are needed to send again.
            attempt.raw, attempt.signed_at = row.raw, at
            attempt.save(update_fields=["raw", "signed_at"])
        _advance_if_possible(attempt.intent_id, Event.MINED, row, at=at)


def _advance_if_possible(intent_id: str, event: Event, row: ChainTransaction, *, at: datetime) -> None:
    intent = lock_intent(intent_id)
    if (State(intent.state), event) in INTENT.table:
        payload: dict[str, str | int] = {"txid": row.txid, "height": row.height or 0}
        advance(intent_id=intent_id, event=event, actor=MONITOR, at=at, payload=payload)


def settle_final(chain: str, *, at: datetime) -> None:
    """End intents whose spend, or whose competitor's, has reached finality depth; release their coins."""
    waiting = TransferIntent.objects.filter(
        wallet__chain=chain, state__in=[State.MINED, State.UNKNOWN, State.CANCELLING]
    )
    for intent in waiting.order_by("wallet_id", "pk"):
        attempt = selectors.attempt_of(intent)
        final = _final_spend(attempt) if attempt else None
        if attempt is None or final is None:
            continue
        is_own = final.txid == attempt.txid
        if is_own != (intent.state == State.MINED):
            continue
        _advance_if_possible(intent.pk, Event.FINAL if is_own else Event.SUPERSEDED, final, at=at)
        UtxoLease.objects.filter(intent=intent, released_at=None).update(released_at=at)
    _tell_deep_payments(chain)


def _final_spend(attempt: TxAttempt) -> ChainTransaction | None:
    """The transaction at finality depth that spends one of the attempt's coins."""
    txids = [outpoint.partition(":")[0] for outpoint in attempt.outpoints]
    coins = Utxo.objects.filter(
        chain=attempt.chain,
        txid__in=txids,
        spender__height__lte=selectors.final_height(attempt.chain),
    ).select_related("spender")
    return next((coin.spender for coin in coins if coin.outpoint in attempt.outpoints), None)


def _tell_deep_payments(chain: str) -> None:
    """Payments that have just reached finality depth are news for whoever waits for funding."""
    coins = Utxo.objects.filter(chain=chain, spender=None, transaction__height=selectors.final_height(chain))
    for wallet_id in sorted(set(coins.values_list("wallet_id", flat=True))):
        followers.tell_funding_changed(wallet_id)

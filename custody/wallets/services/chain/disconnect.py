"""Takes one block back: its transactions lose their height, nothing is deleted, ours is sent again."""

import logging
from datetime import datetime

from django.db import transaction

from custody.audit.services import record
from custody.common.errors import RefusedError
from custody.common.queue import enqueue_on_commit
from custody.wallets import followers
from custody.wallets.models import BlockHeader, ChainTransaction, TransferIntent, Utxo, Wallet
from custody.wallets.services.chain.cursor import locked_cursor
from custody.wallets.services.transitions import MONITOR, advance
from custody.wallets.states import Event, State

log = logging.getLogger(__name__)


@transaction.atomic
def disconnect_block(*, chain: str, height: int, block_hash: str, at: datetime) -> None:
    """Undo the block at the cursor; does nothing when the cursor has moved meanwhile.

    Raises RefusedError ``reorg_too_deep`` below the first block that was taken in.
    """
    cursor = locked_cursor(chain, height=height, block_hash=block_hash)
    if cursor is None:
        return
    header = BlockHeader.objects.filter(chain=chain, height=height, is_orphaned=False).first()
    if header is None:
        raise RefusedError("the chain differs below the first block known", code="reorg_too_deep")
    transactions = list(ChainTransaction.objects.filter(chain=chain, height=height).order_by("pk"))
    wallets = _lock_wallets(transactions)
    Utxo.objects.filter(spender__in=transactions).update(spender=None)
    ChainTransaction.objects.filter(pk__in=[row.pk for row in transactions]).update(
        height=None, block_hash="", orphaned_at=at
    )
    BlockHeader.objects.filter(pk=header.pk).update(is_orphaned=True)
    cursor.height, cursor.block_hash, cursor.updated_at = height - 1, header.parent, at
    cursor.save(update_fields=["height", "block_hash", "updated_at"])
    payload = {"height": height, "hash": block_hash, "transactions": [row.txid for row in transactions]}
    record(verb="wallets.block.disconnected", actor=MONITOR, subject=chain, payload=payload, at=at)
    _reopen_intents(chain, transactions, at=at)
    for wallet_id in wallets:
        followers.tell_funding_changed(wallet_id)


def _lock_wallets(transactions: list[ChainTransaction]) -> list[str]:
    coins = Utxo.objects.filter(spender__in=transactions) | Utxo.objects.filter(transaction__in=transactions)
    wallets = Wallet.objects.select_for_update(no_key=True).order_by("pk")
    return list(wallets.filter(pk__in=coins.values("wallet_id")).values_list("pk", flat=True))


def _reopen_intents(chain: str, transactions: list[ChainTransaction], *, at: datetime) -> None:
    txids = [row.txid for row in transactions]
    intents = TransferIntent.objects.filter(attempts__chain=chain, attempts__txid__in=txids)
    for intent in intents.order_by("pk"):
        if intent.state == State.MINED:
            advance(intent_id=intent.pk, event=Event.REORGED, actor=MONITOR, at=at)
            enqueue_on_commit("wallets.broadcast", intent_id=intent.pk)
        else:  # A final payment was undone: beyond what the product promises, a case for people.
            log.error("payment of %s was undone after it was final", intent.pk)
            payload = {"state": str(intent.state)}
            record(verb="wallets.finality.broken", actor=MONITOR, subject=intent.pk, payload=payload, at=at)

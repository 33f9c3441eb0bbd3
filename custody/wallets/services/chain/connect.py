"""Takes one block in: payments to our wallets, spends of our coins, finality of what lies deep."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from custody.audit.services import record
from custody.chains.bitcoin.block import Block
from custody.wallets import followers
from custody.wallets.models import BlockHeader, ChainTransaction, Utxo, Wallet
from custody.wallets.services.chain.cursor import locked_cursor
from custody.wallets.services.chain.matching import Payment, Spend, find_payments, find_spends
from custody.wallets.services.chain.outcomes import note_spend, settle_final
from custody.wallets.services.transitions import MONITOR


@transaction.atomic
def connect_block(*, chain: str, height: int, block: Block, at: datetime) -> None:
    """Apply the block above the cursor; does nothing when the cursor has moved meanwhile."""
    cursor = locked_cursor(chain, height=height - 1, block_hash=block.parent)
    if cursor is None:
        return
    payments, spends = find_payments(chain, block), find_spends(chain, block)
    _lock_wallets({item.wallet_id for item in payments} | {item.coin.wallet_id for item in spends})
    mined_at = datetime.fromtimestamp(block.time, tz=UTC)
    BlockHeader.objects.create(
        chain=chain, height=height, hash=block.hash, parent=block.parent, mined_at=mined_at
    )
    _store_payments(payments, _Place(chain, height, block.hash, at))
    if payments:  # A coin may be spent in the block that made it.
        spends = find_spends(chain, block)
    _store_spends(spends, _Place(chain, height, block.hash, at))
    cursor.height, cursor.block_hash, cursor.updated_at = height, block.hash, at
    cursor.save(update_fields=["height", "block_hash", "updated_at"])
    settle_final(chain, at=at)


@dataclass(frozen=True)
class _Place:
    """Where something was found, and when we saw it."""

    chain: str
    height: int
    block_hash: str
    at: datetime


def _lock_wallets(wallet_ids: set[str]) -> None:
    wallets = Wallet.objects.select_for_update(no_key=True).order_by("pk")
    list(wallets.filter(pk__in=wallet_ids).values_list("pk"))


def _store_payment(txid: str, raw: bytes, place: _Place) -> ChainTransaction:
    """A transaction that pays us; one that is known keeps its bytes, which may be those of a spend."""
    defaults = {"height": place.height, "block_hash": place.block_hash, "orphaned_at": None}
    row, _ = ChainTransaction.objects.update_or_create(
        chain=place.chain,
        txid=txid,
        defaults=defaults,
        create_defaults={**defaults, "raw": raw, "first_seen_at": place.at},
    )
    return row


def _store_spend(txid: str, raw: bytes, place: _Place) -> ChainTransaction:
    """A transaction that spends our coins; its bytes are needed whole, to send them again."""
    row = _store_payment(txid, raw, place)
    row.raw = raw
    row.save(update_fields=["raw"])
    return row


def _store_payments(payments: list[Payment], place: _Place) -> None:
    for payment in payments:
        Utxo.objects.get_or_create(
            chain=place.chain,
            txid=payment.txid,
            vout=payment.vout,
            defaults={
                "wallet_id": payment.wallet_id,
                "amount": payment.amount,
                "transaction": _store_payment(payment.txid, payment.raw, place),
            },
        )
        payload = {
            "txid": payment.txid,
            "vout": payment.vout,
            "amount": str(payment.amount),
            "height": place.height,
        }
        wallet_id = payment.wallet_id
        record(verb="wallets.payment.mined", actor=MONITOR, subject=wallet_id, payload=payload, at=place.at)
        followers.tell_funding_changed(wallet_id)


def _store_spends(spends: list[Spend], place: _Place) -> None:
    for spend in spends:
        row = _store_spend(spend.txid, spend.raw, place)
        Utxo.objects.filter(pk=spend.coin.pk).update(spender=row)
        payload = {"outpoint": spend.coin.outpoint, "txid": spend.txid, "height": place.height}
        wallet_id = spend.coin.wallet_id
        record(verb="wallets.coin.spent", actor=MONITOR, subject=wallet_id, payload=payload, at=place.at)
        followers.tell_funding_changed(wallet_id)
        note_spend(spend.coin, row, at=place.at)

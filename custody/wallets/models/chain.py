"""What the chain says: written by the monitor only, and never deleted.

A reorganisation takes the height from a transaction; the row and its bytes stay.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from custody.common.fields import BaseUnitsField
from custody.wallets.models.wallets import HASH, Wallet


class ChainCursor(models.Model):
    """The last block the monitor has taken in, and when it last heard the node.

    ``problem`` is why it cannot go on, "" when it can.
    """

    chain = models.CharField(max_length=64, primary_key=True)
    height = models.PositiveIntegerField()
    block_hash = models.CharField(max_length=64)
    problem = models.CharField(max_length=40, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("chain cursor")
        verbose_name_plural = _("chain cursors")

    def __str__(self) -> str:
        return f"{self.chain} {self.height}"


class BlockHeader(models.Model):
    """A block as taken in; blocks that a reorganisation has left behind stay, marked orphaned."""

    chain = models.CharField(max_length=64)
    height = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)
    parent = models.CharField(max_length=64)
    mined_at = models.DateTimeField()
    is_orphaned = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "height"], condition=Q(is_orphaned=False), name="block_one_per_height"
            ),
            models.CheckConstraint(
                condition=Q(hash__regex=HASH) & Q(parent__regex=HASH), name="block_hashes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.height} {self.hash}"


class ChainTransaction(models.Model):
    """A transaction that touches one of our wallets; ``height`` is empty while no block holds it.

    ``raw`` is whole where coins of ours are spent, and without witness where we are only paid.
    """

    chain = models.CharField(max_length=64)
    txid = models.CharField(max_length=64)
    raw = models.BinaryField()
    height = models.PositiveIntegerField(null=True)
    block_hash = models.CharField(max_length=64, blank=True)
    orphaned_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("chain transaction")
        verbose_name_plural = _("chain transactions")
        constraints = [
            models.UniqueConstraint(fields=["chain", "txid"], name="chain_transaction_once"),
            models.CheckConstraint(
                condition=Q(height__isnull=True, block_hash="", orphaned_at__isnull=False)
                | Q(height__isnull=False, orphaned_at__isnull=True) & ~Q(block_hash=""),
                name="chain_transaction_mined_or_orphaned",
            ),
        ]
        indexes = [models.Index(fields=["chain", "height"], name="chain_transaction_height")]

    def __str__(self) -> str:
        return self.txid


class Utxo(models.Model):
    """An output that pays a wallet; ``spender`` is the mined transaction that spends it, if any."""

    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="utxos")
    chain = models.CharField(max_length=64)
    txid = models.CharField(max_length=64)
    vout = models.PositiveIntegerField()
    amount = BaseUnitsField()
    transaction = models.ForeignKey(ChainTransaction, models.PROTECT, related_name="outputs")
    spender = models.ForeignKey(ChainTransaction, models.PROTECT, null=True, related_name="spends")

    class Meta:
        verbose_name = _("unspent output")
        verbose_name_plural = _("unspent outputs")
        constraints = [models.UniqueConstraint(fields=["chain", "txid", "vout"], name="utxo_once")]

    def __str__(self) -> str:
        return self.outpoint

    @property
    def outpoint(self) -> str:
        """``txid:n``"""
        return f"{self.txid}:{self.vout}"

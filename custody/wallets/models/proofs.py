"""What people and the witness have handed in for an intent; what it proves is the signer's business."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from custody.audit.append_only import AppendOnly
from custody.wallets.models.intents import TransferIntent
from custody.wallets.models.wallets import HASH


class TransferApproval(AppendOnly):
    """A statement about an intent with its proof, in canonical bytes, as ``approve`` made it."""

    class Verdict(models.TextChoices):
        APPROVE = "APPROVE", _("approves")
        REJECT = "REJECT", _("rejects")

    id = models.BigAutoField(primary_key=True)
    intent = models.ForeignKey(TransferIntent, models.PROTECT, related_name="approvals")
    person = models.CharField(max_length=40)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    statement = models.CharField(max_length=64, unique=True)
    body = models.BinaryField()
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=["APPROVE", "REJECT"]), name="approval_verdict_known"
            ),
            models.CheckConstraint(condition=Q(statement__regex=HASH), name="approval_statement"),
        ]

    def __str__(self) -> str:
        return f"{self.intent_id} {self.person}"


class WitnessFact(AppendOnly):
    """What the witness said about one coin of an intent, with its proof, in canonical bytes."""

    id = models.BigAutoField(primary_key=True)
    intent = models.ForeignKey(TransferIntent, models.PROTECT, related_name="facts")
    txid = models.CharField(max_length=64)
    depth = models.PositiveIntegerField()
    body = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("fact of the witness")
        verbose_name_plural = _("facts of the witness")
        constraints = [models.CheckConstraint(condition=Q(txid__regex=HASH), name="witness_fact_txid")]
        indexes = [models.Index(fields=["intent", "txid"], name="witness_fact_coin")]

    def __str__(self) -> str:
        return f"{self.intent_id} {self.txid}"

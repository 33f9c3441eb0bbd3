"""The intents a deal made: what was to be paid out, and by whose agreement or decision."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from custody.audit.append_only import AppendOnly
from custody.escrow.models.deals import Deal
from custody.wallets.models import TransferIntent


class Payout(AppendOnly):
    """One wanted payout; the last one is the current one, an earlier one may still be in flight."""

    class Kind(models.TextChoices):
        RELEASE = "RELEASE", _("release to the merchant")
        REFUND = "REFUND", _("refund to the buyer")
        AWARD = "AWARD", _("award by decision")

    id = models.BigAutoField(primary_key=True)
    deal = models.ForeignKey(Deal, models.PROTECT, related_name="payouts")
    intent = models.OneToOneField(TransferIntent, models.PROTECT, related_name="payout")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["RELEASE", "REFUND", "AWARD"]), name="payout_kind")
        ]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.kind}"

"""Disputes: what each side says and shows, and what is decided under four eyes."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from custody.audit.append_only import AppendOnly
from custody.escrow.models.deals import Deal, Role
from custody.escrow.models.payouts import Payout
from custody.vault.fields import EncryptedField


class DecisionReason(models.TextChoices):
    """Why a decision was made; the closed list that the decision document and the report use."""

    DELIVERED = "DELIVERED", _("delivered as agreed")
    NOT_DELIVERED = "NOT_DELIVERED", _("not delivered")
    DEFECTIVE = "DEFECTIVE", _("delivered with defects")
    LATE = "LATE", _("delivered late")
    NO_ANSWER = "NO_ANSWER", _("the other party did not answer")
    AGREEMENT = "AGREEMENT", _("agreement of the parties")


class Dispute(AppendOnly):
    """Opened by one party; the deal's state says whether it still stands."""

    id = models.CharField(max_length=32, primary_key=True)
    deal = models.ForeignKey(Deal, models.PROTECT, related_name="disputes")
    opened_by = models.CharField(max_length=8, choices=Role.choices)
    opened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.CheckConstraint(condition=Q(opened_by__in=["buyer", "merchant"]), name="dispute_opened_by")
        ]

    def __str__(self) -> str:
        return self.id


class Statement(AppendOnly):
    """What one side, or the mediator, says; encrypted under the deal's own key."""

    id = models.CharField(max_length=32, primary_key=True)
    deal = models.ForeignKey(Deal, models.PROTECT, related_name="+")
    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="statements")
    role = models.CharField(max_length=8, choices=Role.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = EncryptedField(subject="deal_id")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(role__in=Role.values), name="statement_role")]

    def __str__(self) -> str:
        return self.id


class Evidence(AppendOnly):
    """A file handed in; the bytes lie in the document store under the deal and this SHA-256."""

    id = models.CharField(max_length=32, primary_key=True)
    deal = models.ForeignKey(Deal, models.PROTECT, related_name="+")
    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="evidence")
    role = models.CharField(max_length=8, choices=Role.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    name = EncryptedField(subject="deal_id")
    handed_in_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dispute", "sha256"], name="evidence_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="evidence_role"),
        ]

    def __str__(self) -> str:
        return self.id


class Decision(models.Model):
    """What the mediator proposes and another person confirms; ``body`` is ``custody/decision/v1``."""

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("waits for a second person")
        CONFIRMED = "CONFIRMED", _("confirmed by a second person")
        RETURNED = "RETURNED", _("returned by a second person")

    id = models.CharField(max_length=32, primary_key=True)
    deal = models.ForeignKey(Deal, models.PROTECT, related_name="decisions")
    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="decisions")
    body = models.BinaryField()
    hash = models.CharField(max_length=64, unique=True)
    grounds = EncryptedField(subject="deal_id")
    state = models.CharField(max_length=12, choices=State.choices, default=State.PROPOSED)
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    second_officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    payout = models.OneToOneField(Payout, models.PROTECT, null=True, related_name="decision")

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(
                fields=["deal"], condition=Q(state="PROPOSED"), name="decision_one_waiting"
            ),
            models.CheckConstraint(
                condition=Q(second_officer__isnull=True) | ~Q(second_officer=F("officer")),
                name="decision_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state="PROPOSED", second_officer__isnull=True, closed_at__isnull=True)
                | Q(
                    state__in=["CONFIRMED", "RETURNED"],
                    second_officer__isnull=False,
                    closed_at__isnull=False,
                ),
                name="decision_closed_by_second",
            ),
            models.CheckConstraint(
                condition=Q(state="CONFIRMED", payout__isnull=False)
                | ~Q(state="CONFIRMED") & Q(payout__isnull=True),
                name="decision_paid_when_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return self.id

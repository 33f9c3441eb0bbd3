"""A deal, its two participants, and who may do what in it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import Client, UserGrant
from custody.common.fields import BaseUnitsField
from custody.escrow.states import State
from custody.vault.fields import EncryptedField

COMPRESSED_KEY = r"^0[23][0-9a-f]{64}$"


class Role(models.TextChoices):
    """Who holds a key of the script; values as the terms write them."""

    BUYER = "buyer", _("buyer")
    MEDIATOR = "mediator", _("mediator")
    MERCHANT = "merchant", _("merchant")


class Deal(models.Model):
    """What buyer and merchant agreed with our mediator; amounts in base units of ``asset``.

    The mediator's key is named at the start by id and public key; ``state`` is written by
    ``services.gate.move`` alone.
    """

    id = models.CharField(max_length=32, primary_key=True)
    title = EncryptedField(_("subject matter"), subject="id")
    state = models.CharField(max_length=20, choices=[(state.value, state.value) for state in State])
    state_changed_at = models.DateTimeField()
    chain = models.CharField(max_length=64)
    asset = models.CharField(max_length=96)
    amount = BaseUnitsField(_("amount"))
    fee_max = BaseUnitsField()
    second_review_above = BaseUnitsField()
    mediator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    mediator_key = models.CharField(max_length=32)
    mediator_public_key = models.CharField(max_length=66)
    opened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        permissions = [("act_in_deal", "May act in the deal for its client")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]), name="deal_state_known"
            ),
            models.CheckConstraint(condition=Q(amount__gt=models.F("fee_max")), name="deal_amount_above_fee"),
            models.CheckConstraint(
                condition=Q(mediator_public_key__regex=COMPRESSED_KEY), name="deal_mediator_key"
            ),
        ]
        indexes = [models.Index(fields=["state", "state_changed_at"], name="deal_state_age")]

    def __str__(self) -> str:
        return self.id


class Participant(models.Model):
    """Buyer or merchant of a deal: the client, its key in the script, where it wants to be paid."""

    deal = models.ForeignKey(Deal, models.PROTECT, related_name="participants")
    role = models.CharField(max_length=8, choices=Role.choices)
    client = models.ForeignKey(Client, models.PROTECT, related_name="+")
    public_key = models.CharField(max_length=66, blank=True)
    payout_address = models.CharField(max_length=100, blank=True)
    joined_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(fields=["deal", "role"], name="participant_one_per_role"),
            models.UniqueConstraint(fields=["deal", "client"], name="participant_one_per_client"),
            # A key serves one deal: the coins of two deals must not hang on one secret.
            models.UniqueConstraint(
                fields=["public_key"], condition=~Q(public_key=""), name="participant_key_once"
            ),
            models.CheckConstraint(condition=Q(role__in=["buyer", "merchant"]), name="participant_role"),
            models.CheckConstraint(
                condition=Q(public_key="", payout_address="", joined_at__isnull=True)
                | Q(public_key__regex=COMPRESSED_KEY, joined_at__isnull=False) & ~Q(payout_address=""),
                name="participant_joined_with_key_and_address",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.role}"


class DealUserPermission(UserGrant):
    """Right of one person over one deal."""

    content_object = models.ForeignKey(Deal, models.CASCADE, related_name="grants")

    class Meta(UserGrant.Meta):
        pass

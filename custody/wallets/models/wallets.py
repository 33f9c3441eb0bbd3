"""A wallet: one script on one chain, whose it is, and which of its keys are ours."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import UserGrant

HASH = r"^[0-9a-f]{64}$"


class Wallet(models.Model):
    """Escrow wallet of one deal; script and terms never change, ``anchor`` is set once.

    ``terms`` are the canonical bytes of the terms both parties signed, ``signing_key`` the id of
    our key in the script ("" when the mediator's key is outside), ``subjects`` the ids (clients)
    whose compliance holds stop this wallet. ``anchor`` is the outpoint ("txid:n") that
    every intent of these terms must spend, so that at most one of them can ever confirm.
    """

    class Owner(models.TextChoices):
        CLIENT = "CLIENT", _("client")
        HOUSE = "HOUSE", _("house")
        FEE = "FEE", _("fees")
        ESCROW = "ESCROW", _("escrow")

    id = models.CharField(max_length=32, primary_key=True)
    owner = models.CharField(max_length=8, choices=Owner.choices)
    chain = models.CharField(max_length=64)
    asset = models.CharField(max_length=96)
    deal = models.CharField(max_length=32, unique=True)
    terms_hash = models.CharField(max_length=64, unique=True)
    terms = models.BinaryField()
    script = models.BinaryField()
    script_pubkey = models.BinaryField()
    address = models.CharField(max_length=100)
    signing_key = models.CharField(max_length=32, blank=True)
    subjects = models.JSONField(default=list)
    anchor = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints = [
            models.UniqueConstraint(fields=["chain", "script_pubkey"], name="wallet_script_once"),
            models.CheckConstraint(condition=Q(owner="ESCROW"), name="wallet_owner_supported"),
            models.CheckConstraint(condition=Q(terms_hash__regex=HASH), name="wallet_terms_hash"),
            models.CheckConstraint(
                condition=Q(anchor="") | Q(anchor__regex=r"^[0-9a-f]{64}:[0-9]+$"), name="wallet_anchor"
            ),
        ]

    def __str__(self) -> str:
        return self.id


class WalletUserPermission(UserGrant):
    """Rights of one person over one wallet."""

    content_object = models.ForeignKey(Wallet, models.CASCADE, related_name="grants")

    class Meta(UserGrant.Meta):
        pass

"""A wallet: one script on one chain, whose it is, and which of its keys are ours."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from custody.accounts.models import UserGrant

HASH = r"^[0-9a-f]{64}$"
COMPRESSED_KEY = r"^0[23][0-9a-f]{64}$"


class Wallet(models.Model):
    """Escrow wallet of one deal, or a wallet of the house with one key; ``anchor`` is set once.

    Escrow: ``terms`` are the canonical bytes of the terms both parties signed, ``signing_key`` the id
    of our key in the script ("" when the mediator's key is outside), ``subjects`` the ids (clients)
    whose compliance holds stop this wallet. ``anchor`` is the outpoint ("txid:n") that
    every intent of these terms must spend, so that at most one of them can ever confirm.
    House: P2WPKH of ``public_key`` (hex), the key ``signing_key``; no deal, terms, script or anchor.
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
    deal = models.CharField(max_length=32, blank=True)
    terms_hash = models.CharField(max_length=64, blank=True)
    terms = models.BinaryField()
    script = models.BinaryField()
    script_pubkey = models.BinaryField()
    address = models.CharField(max_length=100)
    signing_key = models.CharField(max_length=32, blank=True)
    public_key = models.CharField(max_length=66, blank=True)
    subjects = models.JSONField(default=list)
    anchor = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints = [
            models.UniqueConstraint(fields=["chain", "script_pubkey"], name="wallet_script_once"),
            models.UniqueConstraint(fields=["deal"], condition=~Q(deal=""), name="wallet_deal_once"),
            models.UniqueConstraint(
                fields=["terms_hash"], condition=~Q(terms_hash=""), name="wallet_terms_once"
            ),
            models.UniqueConstraint(
                fields=["signing_key"], condition=Q(owner="HOUSE"), name="wallet_house_key_once"
            ),
            models.CheckConstraint(
                condition=Q(owner="ESCROW", public_key="", terms_hash__regex=HASH) & ~Q(deal="")
                | Q(owner="HOUSE", deal="", terms_hash="", anchor="", public_key__regex=COMPRESSED_KEY)
                & ~Q(signing_key=""),
                name="wallet_owner_supported",
            ),
            models.CheckConstraint(
                condition=Q(anchor="") | Q(anchor__regex=r"^[0-9a-f]{64}:[0-9]+$"), name="wallet_anchor"
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def is_house(self) -> bool:
        """True for a wallet of our own, with one key and no deal."""
        return self.owner == self.Owner.HOUSE

    @property
    def about(self) -> str:
        """Id of what the wallet serves: its deal, or itself."""
        return self.deal or self.id


class WalletUserPermission(UserGrant):
    """Rights of one person over one wallet."""

    content_object = models.ForeignKey(Wallet, models.CASCADE, related_name="grants")

    class Meta(UserGrant.Meta):
        pass

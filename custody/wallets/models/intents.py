"""What is wanted, what was made of it, who has signed, and which coins it holds.

Documents, attempts and signatures never change (triggers); the state of an intent is written by
``services.transitions.advance`` alone, one version at a time (trigger).
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from custody.audit.append_only import AppendOnly
from custody.common.fields import BaseUnitsField
from custody.wallets.models.chain import Utxo
from custody.wallets.models.wallets import HASH, Wallet
from custody.wallets.states import State


class TransferIntent(models.Model):
    """One wanted payment: canonical bytes and their hash, and where it stands.

    ``needs_our_key`` says whether the signer is asked; ``coins`` are the outpoints ("txid:n") that
    were chosen with it, empty where the payout chooses; ``problem`` is the code of what keeps it
    from going on, "" when nothing does.
    """

    id = models.CharField(max_length=32, primary_key=True)
    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="intents")
    hash = models.CharField(max_length=64, unique=True)
    document = models.BinaryField()
    needs_our_key = models.BooleanField()
    coins = models.JSONField(default=list)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=[(state.value, state.value) for state in State])
    version = models.PositiveIntegerField(default=1)
    state_changed_at = models.DateTimeField()
    problem = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("transfer intent")
        verbose_name_plural = _("transfer intents")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]), name="intent_state_known"
            ),
            models.CheckConstraint(condition=Q(hash__regex=HASH), name="intent_hash"),
        ]
        indexes = [models.Index(fields=["state", "state_changed_at"], name="intent_state_age")]

    def __str__(self) -> str:
        return self.id


class TxAttempt(models.Model):
    """A concrete unsigned transaction, frozen: PSBT, digests, outpoints; later the signed bytes.

    ``digests`` (hex) and ``outpoints`` ("txid:n") are in the order of the inputs; ``fee`` in satoshi.
    """

    id = models.CharField(max_length=32, primary_key=True)
    intent = models.ForeignKey(TransferIntent, models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    chain = models.CharField(max_length=64)
    txid = models.CharField(max_length=64)
    psbt = models.TextField()
    digests = models.JSONField()
    outpoints = models.JSONField()
    fee = BaseUnitsField()
    created_at = models.DateTimeField()
    signing_request = models.CharField(max_length=32, blank=True)
    raw = models.BinaryField(null=True)
    signed_at = models.DateTimeField(null=True)
    first_sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            # Replacements come later; until then one intent has one transaction.
            models.UniqueConstraint(fields=["intent"], name="attempt_one_per_intent"),
            models.UniqueConstraint(fields=["chain", "txid"], name="attempt_txid_once"),
            models.UniqueConstraint(
                fields=["signing_request"], condition=~Q(signing_request=""), name="attempt_request_once"
            ),
            models.CheckConstraint(condition=Q(txid__regex=HASH), name="attempt_txid"),
            models.CheckConstraint(
                condition=Q(raw__isnull=True, signed_at__isnull=True)
                | Q(raw__isnull=False, signed_at__isnull=False),
                name="attempt_signed_with_bytes",
            ),
            models.CheckConstraint(
                condition=Q(first_sent_at__isnull=True) | Q(raw__isnull=False),
                name="attempt_sent_after_signed",
            ),
        ]

    def __str__(self) -> str:
        return self.id


class TxSignature(AppendOnly):
    """A verified signature (r || s, hex) of one input by one key of the script."""

    class Source(models.TextChoices):
        PARTY = "PARTY", _("party")
        SIGNER = "SIGNER", _("signer")

    id = models.BigAutoField(primary_key=True)
    attempt = models.ForeignKey(TxAttempt, models.PROTECT, related_name="signatures")
    input = models.PositiveIntegerField()
    public_key = models.CharField(max_length=66)
    signature = models.CharField(max_length=128)
    source = models.CharField(max_length=8, choices=Source.choices)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [
            models.UniqueConstraint(fields=["attempt", "input", "public_key"], name="signature_once_per_key"),
            models.CheckConstraint(condition=Q(source__in=["PARTY", "SIGNER"]), name="signature_source"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} {self.input} {self.public_key}"


class UtxoLease(models.Model):
    """An output held for one intent; released when a spend is final or when it is handed over."""

    utxo = models.ForeignKey(Utxo, models.PROTECT, related_name="leases")
    intent = models.ForeignKey(TransferIntent, models.PROTECT, related_name="leases")
    leased_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")
        constraints = [
            models.UniqueConstraint(
                fields=["utxo"], condition=Q(released_at__isnull=True), name="lease_one_holder"
            )
        ]

    def __str__(self) -> str:
        return f"{self.utxo_id} {self.intent_id}"

"""Proofs that each party holds its key, and that each compared the descriptor outside our web."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from custody.audit.append_only import AppendOnly
from custody.escrow.models.deals import Role
from custody.escrow.models.terms import TermsVersion

NONCE = r"^[0-9a-f]{32}$"


class KeyChallenge(models.Model):
    """One round of challenges: a nonce of the server and one of each party, 16 bytes hex.

    It is complete, and its documents are fixed, once all nonces are there; ``expires_at`` counts
    from then.
    """

    terms = models.ForeignKey(TermsVersion, models.PROTECT, related_name="challenges")
    server_nonce = models.CharField(max_length=32)
    mediator_nonce = models.CharField(max_length=32)
    buyer_nonce = models.CharField(max_length=32, blank=True)
    merchant_nonce = models.CharField(max_length=32, blank=True)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    request = models.CharField(max_length=32, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(server_nonce__regex=NONCE, mediator_nonce__regex=NONCE),
                name="challenge_own_nonces",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True, request="") & (Q(buyer_nonce="") | Q(merchant_nonce=""))
                | Q(expires_at__isnull=False, buyer_nonce__regex=NONCE, merchant_nonce__regex=NONCE)
                & ~Q(request=""),
                name="challenge_complete_with_all_nonces",
            ),
            models.UniqueConstraint(
                fields=["request"], condition=~Q(request=""), name="challenge_request_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.terms_id} {self.pk}"


class KeyPossession(AppendOnly):
    """A verified proof: signature (r || s, hex) of the role's key over the challenge document."""

    id = models.BigAutoField(primary_key=True)
    challenge = models.ForeignKey(KeyChallenge, models.PROTECT, related_name="proofs")
    role = models.CharField(max_length=8, choices=Role.choices)
    public_key = models.CharField(max_length=66)
    document_hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    proven_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["challenge", "role"], name="possession_once_per_role"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="possession_role"),
        ]

    def __str__(self) -> str:
        return f"{self.challenge_id} {self.role}"


class AddressConfirmation(AppendOnly):
    """Somebody said for their role that they compared the descriptor checksum outside our web."""

    id = models.BigAutoField(primary_key=True)
    terms = models.ForeignKey(TermsVersion, models.PROTECT, related_name="confirmations")
    role = models.CharField(max_length=8, choices=Role.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    checksum = models.CharField(max_length=8)
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["terms", "role"], name="confirmation_once_per_role"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="confirmation_role"),
        ]

    def __str__(self) -> str:
        return f"{self.terms_id} {self.role}"

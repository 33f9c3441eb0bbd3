"""Terms as proposed, the parties' signatures, and what the signer made of them; never changed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from custody.audit.append_only import AppendOnly
from custody.escrow.models.deals import Deal


class TermsVersion(AppendOnly):
    """One proposal: canonical bytes of ``custody/terms/v1`` and their hash."""

    id = models.BigAutoField(primary_key=True)
    deal = models.ForeignKey(Deal, models.PROTECT, related_name="terms_versions")
    version = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    hash = models.CharField(max_length=64, unique=True)
    proposed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("terms")
        verbose_name_plural = _("terms")
        constraints = [models.UniqueConstraint(fields=["deal", "version"], name="terms_version_once")]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.version}"


class TermsSignature(AppendOnly):
    """A party's signature (r || s, hex) over the terms hash, by its key in the script."""

    id = models.BigAutoField(primary_key=True)
    terms = models.ForeignKey(TermsVersion, models.PROTECT, related_name="signatures")
    role = models.CharField(max_length=8)
    public_key = models.CharField(max_length=66)
    signature = models.CharField(max_length=128)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["terms", "role"], name="terms_signature_once"),
            models.CheckConstraint(condition=Q(role__in=["buyer", "merchant"]), name="terms_signature_role"),
        ]

    def __str__(self) -> str:
        return f"{self.terms_id} {self.role}"


class TermsRegistration(AppendOnly):
    """The signer's answer: it pinned the terms, or refused them by ``rule``."""

    id = models.BigAutoField(primary_key=True)
    terms = models.OneToOneField(TermsVersion, models.PROTECT, related_name="registration")
    request = models.CharField(max_length=32, unique=True)
    is_pinned = models.BooleanField()
    rule = models.CharField(max_length=64, blank=True)
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_pinned=True, rule="") | Q(is_pinned=False) & ~Q(rule=""),
                name="terms_registration_rule_when_refused",
            )
        ]

    def __str__(self) -> str:
        return f"{self.terms_id} {self.request}"

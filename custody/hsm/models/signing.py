"""Requests to the signer, its results, and what the web side may know of its journal.

Requests and results are append-only: the request row is the signer's input, byte for byte, and
the result row its only output. The mirrors repeat what results report, for pages and reports;
nothing is decided on them.
"""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from custody.audit.append_only import AppendOnly


class RequestKind(models.TextChoices):
    BTC_SPEND = "BTC_SPEND", _("Bitcoin payment")
    EVM_TX = "EVM_TX", _("Ethereum payment")
    SAFE_TX = "SAFE_TX", _("Safe transaction")
    TERMS = "TERMS", _("Registration of terms")
    TRUST = "TRUST", _("Trust document")
    KEY_PROOF = "KEY_PROOF", _("Proof of key possession")
    CMS_SEAL = "CMS_SEAL", _("Report seal")
    CHECKPOINT = "CHECKPOINT", _("Audit checkpoint")
    ADDRESS = "ADDRESS", _("Attestation of an address")
    BLOCK = "BLOCK", _("Block signature")
    CSR = "CSR", _("Certificate request")
    CRITICAL = "CRITICAL", _("Critical action")
    HEAD = "HEAD", _("Presented head")
    KEY_MAKE = "KEY_MAKE", _("Making of a one-time key")
    KEY_DESTROY = "KEY_DESTROY", _("End of a one-time key")


class Outcome(models.TextChoices):
    SIGNED = "SIGNED", _("signed")
    RECORDED = "RECORDED", _("recorded")
    REFUSED = "REFUSED", _("refused")
    FAILED = "FAILED", _("failed, will be repeated")


class SigningRequest(AppendOnly):
    """One request; ``body`` holds the canonical bytes the signer judges (formats section 5)."""

    id = models.CharField(max_length=40, primary_key=True)
    kind = models.CharField(max_length=16, choices=RequestKind)
    key = models.CharField(max_length=40, blank=True)
    subject = models.CharField(max_length=100)
    # CAIP-2, empty where no chain is touched; for lists only, the signer reads the body.
    chain = models.CharField(max_length=64, blank=True)
    body = models.BinaryField()
    created_at = models.DateTimeField()
    # The signer without network that it is carried to; null for the one on the queue.
    offline = models.ForeignKey("hsm.OfflineSigner", models.PROTECT, null=True, related_name="requests")

    class Meta:
        verbose_name = _("signing request")
        verbose_name_plural = _("signing requests")
        indexes = [
            models.Index(fields=["kind", "created_at"], name="signing_request_kind"),
            models.Index(fields=["created_at"], name="signing_request_created"),
            models.Index(fields=["key", "created_at"], name="signing_request_key"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=RequestKind.values), name="signing_request_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.id


class SigningResult(AppendOnly):
    """One final result, and at most one report of a failure for each of its reasons.

    ``failure``: the rule that such a report names, empty for a final result; the last report says why the
    request still waits. Written by the signer's role alone; to requests that are carried, by the web's
    role alone.
    """

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(SigningRequest, models.PROTECT, related_name="results")
    outcome = models.CharField(max_length=16, choices=Outcome)
    failure = models.CharField(max_length=64, blank=True, db_default="")
    body = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("signing result")
        verbose_name_plural = _("signing results")
        indexes = [models.Index(fields=["created_at"], name="signing_result_created")]
        constraints = [
            models.UniqueConstraint(
                fields=["request"], condition=~models.Q(outcome="FAILED"), name="signing_result_final_once"
            ),
            models.UniqueConstraint(
                fields=["request", "failure"],
                condition=models.Q(outcome="FAILED"),
                name="signing_result_failure_once",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=Outcome.values), name="signing_result_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.outcome}"


class CollectedResult(AppendOnly):
    """A result that was mirrored and handed on, once; ``rule`` as it says, empty where it grants."""

    result = models.OneToOneField(SigningResult, models.PROTECT, primary_key=True, related_name="collected")
    collected_at = models.DateTimeField()
    rule = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [models.Index(fields=["rule"], name="collected_result_rule")]

    def __str__(self) -> str:
        return f"result {self.pk}"


class JournalEntry(AppendOnly):
    """Mirror of one entry of the signer's journal; ``body`` in canonical bytes as reported."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    hash = models.CharField(max_length=64, unique=True)
    previous = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8)
    at = models.DateTimeField()
    request = models.CharField(max_length=40, blank=True)
    body = models.BinaryField()

    class Meta:
        verbose_name = _("entry of the signer's journal")
        verbose_name_plural = _("signer's journal")
        indexes = [models.Index(fields=["kind", "at"], name="journal_entry_kind")]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class Checkpoint(AppendOnly):
    """A head of the audit record or of the signer's journal, signed by the signer."""

    id = models.BigAutoField(primary_key=True)
    stream = models.CharField(max_length=32)
    position = models.PositiveBigIntegerField()
    link = models.CharField(max_length=64)
    at = models.DateTimeField()
    signature = models.CharField(max_length=128)
    request = models.OneToOneField(SigningRequest, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("signed head")
        verbose_name_plural = _("signed heads")
        constraints = [
            models.UniqueConstraint(fields=["stream", "position"], name="checkpoint_once"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.position}"


class AddressAttestation(AppendOnly):
    """An address as the signer issued it; ``body`` is the signed attestation in canonical bytes.

    ``owner`` is the client, deal or wallet of the house it was issued for.
    """

    id = models.BigAutoField(primary_key=True)
    owner = models.CharField(max_length=40)
    chain = models.CharField(max_length=41)
    address = models.CharField(max_length=128)
    at = models.DateTimeField()
    body = models.BinaryField()
    request = models.OneToOneField(SigningRequest, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("attestation of an address")
        verbose_name_plural = _("attestations of addresses")
        indexes = [models.Index(fields=["chain", "address"], name="address_attestation_address")]

    def __str__(self) -> str:
        return f"{self.owner} {self.address}"

"""Trust documents as the web side drafts them, and the approvals it collects (formats section 4).

Nothing is believed on these rows: the signer reads the bytes and proves every approval itself.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.audit.append_only import AppendOnly
from custody.hsm.trust_states import State

HEX_64 = r"^[0-9a-f]{64}$"


class TrustDraft(models.Model):
    """One document: ``body`` in canonical bytes, which nobody changes; ``state`` is what became of it.

    ``rule`` and ``culprit`` are of the signer's last refusal, ``request`` the last that carried it.
    """

    id = models.CharField(primary_key=True, max_length=40)
    type = models.CharField(_("type"), max_length=24)
    stream = models.CharField(_("stream"), max_length=40)
    epoch = models.PositiveBigIntegerField(_("epoch"))
    hash = models.CharField(_("hash"), max_length=64, unique=True)
    body = models.BinaryField()
    maker = models.CharField(_("maker"), max_length=40)
    drafted_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(_("drafted"))
    expires_at = models.DateTimeField(_("to be accepted until"))
    state = models.CharField(_("state"), max_length=16, default="DRAFT")
    request = models.CharField(max_length=40, blank=True)
    rule = models.CharField(max_length=64, blank=True)
    culprit = models.CharField(max_length=200, blank=True)
    activates_at = models.DateTimeField(_("takes effect"), null=True)
    # The signer without network that it is for; null for the one on the queue.
    offline = models.ForeignKey("hsm.OfflineSigner", models.PROTECT, null=True, related_name="drafts")

    class Meta:
        verbose_name = _("trust document")
        verbose_name_plural = _("trust documents")
        indexes = [models.Index(fields=["state", "drafted_at"], name="trust_draft_state")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[str(state) for state in State]), name="trust_draft_state_known"
            ),
            models.CheckConstraint(condition=models.Q(hash__regex=HEX_64), name="trust_draft_hash_hex"),
            models.CheckConstraint(
                condition=models.Q(state__in=["DRAFT", "EXPIRED"]) | ~models.Q(request=""),
                name="trust_draft_was_submitted",
            ),
        ]

    def __str__(self) -> str:
        return self.id


class TrustApproval(AppendOnly):
    """A statement about a draft as it was handed in; ``body``: canonical bytes with its proof."""

    id = models.BigAutoField(primary_key=True)
    draft = models.ForeignKey(TrustDraft, models.PROTECT, related_name="approvals")
    person = models.CharField(max_length=40)
    verdict = models.CharField(max_length=8)
    statement = models.CharField(max_length=64)
    body = models.BinaryField()
    handed_in_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft", "statement"], name="trust_approval_once"),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["APPROVE", "REJECT"]), name="trust_approval_verdict"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.verdict}"

"""Mirrors of what signers publish of themselves: identity, trust store, credentials, keys.

For pages, reports and early refusals; nothing is decided on them.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SigningKey(models.Model):
    """Mirror of a key of the signer's catalogue; ``activation`` is the body of KEY_ACTIVATE, if any."""

    id = models.CharField(_("key"), max_length=40, primary_key=True)
    purpose = models.CharField(_("purpose"), max_length=16)
    curve = models.CharField(_("curve"), max_length=16)
    public_key = models.CharField(_("public key"), max_length=66, unique=True)
    state = models.CharField(_("state"), max_length=16)
    # Entry of its signer's journal up to which the state is known; an older one changes nothing.
    state_seq = models.BigIntegerField(default=-1)
    key_class = models.CharField(_("class"), max_length=16, default="NEVER_LEAVES")
    activation = models.JSONField(_("activation"), null=True)
    backend = models.CharField(_("back-end"), max_length=32, default="pkcs11")
    certificate = models.BinaryField(null=True)
    # As published, oldest first: {"use", "certificate", "chain"} in hex.
    certificates = models.JSONField(default=list)
    # The signer without network whose key it is; null for the one on the queue.
    offline = models.ForeignKey("hsm.OfflineSigner", models.PROTECT, null=True, related_name="keys")

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        indexes = [models.Index(fields=["purpose", "state"], name="signing_key_purpose")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"


class Published(models.Model):
    """Base of the mirrors of what a signer publishes of itself.

    ``standing``: heads of the trust streams, documents that wait, holds, kills, ends of leases.
    ``backends``: what each says of its module, and the probe it has passed. ``credentials``: of people,
    null where a signer does not publish them. ``head_seq`` and ``recovered_at``: the end of the journal
    as the file says it, -1 where it says none.
    """

    instance = models.CharField(max_length=40)
    genesis = models.CharField(max_length=64)
    demo = models.BooleanField()
    policy = models.BinaryField()
    standing = models.JSONField(default=dict)
    backends = models.JSONField(default=list)
    credentials = models.JSONField(null=True)
    head_seq = models.BigIntegerField(default=-1)
    recovered_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class SignerIdentity(Published):
    """The signer on the queue; one row."""

    only = models.BooleanField(primary_key=True, default=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="signer_identity_once")]

    def __str__(self) -> str:
        return self.instance

"""Signers without network: what was carried here of them, and the answers they gave."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.audit.append_only import AppendOnly
from custody.hsm.models.published import Published
from custody.hsm.models.signing import SigningResult


class OfflineSigner(Published):
    """One signer of its own: own genesis and instance, own keys.

    ``checkpoint_key`` proves its answers. It came with a file whose fingerprint a person compared.
    """

    instance = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(_("name"), max_length=64, unique=True)
    checkpoint_key = models.CharField(max_length=66)
    mirrored_at = models.DateTimeField()

    class Meta:
        verbose_name = _("offline signer")
        verbose_name_plural = _("offline signers")

    def __str__(self) -> str:
        return self.name


class CarriedAnswer(AppendOnly):
    """An answer as it was carried here, in canonical bytes: the proof of the result beside it.

    ``position`` and ``link``: the head of the signer's store that it is signed under.
    """

    result = models.OneToOneField(SigningResult, models.PROTECT, primary_key=True, related_name="carried")
    signer = models.ForeignKey(OfflineSigner, models.PROTECT, related_name="answers")
    position = models.PositiveBigIntegerField()
    link = models.CharField(max_length=64)
    body = models.BinaryField()
    brought_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    brought_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["signer", "position"], name="carried_answer_position")]

    def __str__(self) -> str:
        return f"{self.signer_id} {self.position}"

"""The kill switch as the web side throws it: while a stop stands, no spend goes to the signer.

It is ours alone and holds nobody who writes requests past us; what holds them is the KILL document
that the signer obeys.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SigningStop(models.Model):
    """One stop, from the moment it was thrown until two people, or an accepted restart, lifted it.

    ``draft``: the KILL document drafted with it; none where the person is not in the trust store.
    """

    id = models.CharField(primary_key=True, max_length=40)
    reason = models.CharField(_("reason"), max_length=500)
    stopped_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField(_("stopped"))
    draft = models.ForeignKey("hsm.TrustDraft", models.PROTECT, null=True, related_name="stops")
    asked_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(_("lifted"), null=True)

    class Meta:
        verbose_name = _("stop of signing")
        verbose_name_plural = _("kill switch")
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(lifted_at=None), name="signing_stop_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_by=None) | ~models.Q(lifted_by=models.F("asked_by")),
                name="signing_stop_lifted_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.id

"""The HSM register: modules behind the back-ends, entered by one person and confirmed by another."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class HsmModule(models.Model):
    """One version of what is known of a module; ``module`` is the id of its first version.

    What the certificate says is the operator's word (vendor's certificate, CMVP list); beside it the
    pages show what the device says of itself. At most one version waits, and one is in force.
    """

    class State(models.TextChoices):
        ENTERED = "ENTERED", _("waits for a second person")
        CONFIRMED = "CONFIRMED", _("in force")
        REPLACED = "REPLACED", _("replaced")
        RETURNED = "RETURNED", _("returned")

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("active")
        HISTORICAL = "HISTORICAL", _("historical")
        REVOKED = "REVOKED", _("revoked")
        NONE = "NONE", _("not validated")

    id = models.CharField(primary_key=True, max_length=40)
    module = models.CharField(max_length=40)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.ENTERED)
    backend = models.CharField(_("back-end"), max_length=32)
    vendor = models.CharField(_("vendor"), max_length=100)
    model = models.CharField(_("model"), max_length=100)
    serial = models.CharField(_("serial number"), max_length=100)
    firmware = models.CharField(_("firmware"), max_length=100)
    certificate = models.CharField(_("certificate number"), max_length=100, blank=True)
    standard = models.CharField(_("standard"), max_length=100, blank=True)
    level = models.CharField(_("level"), max_length=32, blank=True)
    status = models.CharField(_("status of the certificate"), max_length=16, choices=Status)
    sunset = models.DateField(_("sunset date"), null=True)
    in_use = models.BooleanField(_("in use"), default=True)
    entered_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(_("entered"))
    checked_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("HSM module")
        verbose_name_plural = _("HSM register")
        constraints = [
            models.UniqueConstraint(
                fields=["module"], condition=models.Q(state="ENTERED"), name="hsm_module_one_waits"
            ),
            models.UniqueConstraint(
                fields=["module"], condition=models.Q(state="CONFIRMED"), name="hsm_module_one_in_force"
            ),
            models.UniqueConstraint(
                fields=["backend"],
                condition=models.Q(state="CONFIRMED", in_use=True),
                name="hsm_module_one_per_backend",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by=None) | ~models.Q(checked_by=models.F("entered_by")),
                name="hsm_module_checked_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(state="ENTERED", checked_by=None)
                | models.Q(state__in=["CONFIRMED", "REPLACED", "RETURNED"], checked_by__isnull=False),
                name="hsm_module_state_is_checked",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["ACTIVE", "HISTORICAL", "REVOKED", "NONE"]),
                name="hsm_module_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status="NONE") | ~models.Q(certificate=""),
                name="hsm_module_certificate_named",
            ),
        ]

    def __str__(self) -> str:
        return self.id

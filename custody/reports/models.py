"""Runs of reports: what was wanted, how far it is, and the hashes of what came out.

Twin, unsealed and sealed file are documents encrypted for the subject ``report:<run id>``; what a
made run says never changes again, a correction is a new version.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.reports import states


class ReportRun(models.Model):
    """One version of one report about one period or case."""

    id = models.CharField(max_length=30, primary_key=True)
    report = models.CharField(_("report"), max_length=4)
    period = models.CharField(_("period"), max_length=7, blank=True)
    subject = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField()
    is_scheduled = models.BooleanField(_("by schedule"), default=False)
    is_complete = models.BooleanField(default=True)
    state = models.CharField(
        _("state"), max_length=12, choices=[(name, name) for name in sorted(states.RUN.states())]
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    requested_at = models.DateTimeField()
    twin_sha256 = models.CharField(max_length=64, blank=True)
    prepared_sha256 = models.CharField(max_length=64, blank=True)
    seal_request = models.CharField(max_length=30, blank=True, db_index=True)
    signed_attributes = models.BinaryField(null=True, blank=True)
    region_start = models.PositiveIntegerField(null=True, blank=True)
    region_end = models.PositiveIntegerField(null=True, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    made_at = models.DateTimeField(null=True, blank=True)
    exported_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(
                fields=["report", "period", "subject", "version"], name="report_run_version"
            ),
            # The promise of the schedule: once per period, also after downtime or a double start.
            models.UniqueConstraint(
                fields=["report", "period", "subject"],
                condition=models.Q(is_scheduled=True),
                name="report_run_scheduled_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=sorted(states.RUN.states())), name="report_run_state"
            ),
            models.CheckConstraint(
                condition=models.Q(period="") ^ models.Q(subject=""), name="report_run_period_or_case"
            ),
            models.CheckConstraint(
                condition=models.Q(state=states.MADE)
                ^ models.Q(file_sha256="", made_at__isnull=True, exported_at__isnull=True),
                name="report_run_made_has_file",
            ),
            models.CheckConstraint(
                condition=models.Q(state=states.FAILED) ^ models.Q(failure=""), name="report_run_failure"
            ),
        ]
        indexes = [models.Index(fields=["state", "requested_at"], name="report_run_state")]

    def __str__(self) -> str:
        return f"{self.report} {self.period or self.subject} v{self.version}"

    @property
    def document_subject(self) -> str:
        """Whose data key encrypts the files of this run."""
        return f"report:{self.pk}"

    @property
    def file_name(self) -> str:
        """Name of the sealed file for people, e.g. ``R3-2026-10-v1.pdf``."""
        return f"{self.report}-{self.period or self.subject}-v{self.version}.pdf"

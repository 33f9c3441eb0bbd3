"""Runs of reports: what was wanted, how far it is, and the hashes of what came out.

Twin, unsealed and sealed file are documents encrypted for the subject ``report:<run id>``; what a
made run says never changes again, a correction is a new version.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.audit.append_only import AppendOnly
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

    @property
    def is_released(self) -> bool:
        """True when people have released it and the signer has sealed that."""
        return any(release.state == states.RELEASED for release in self.releases.all())

    @property
    def released_name(self) -> str:
        """Name of the same file under the RELEASED seal."""
        return f"{self.file_name.removesuffix('.pdf')}-released.pdf"


class ReportRelease(models.Model):
    """What people approve of a made run, and what became of it; ``body``: canonical bytes, never changed.

    ``rule`` and ``culprit`` are of the signer's last refusal, ``request`` the last that carried it.
    """

    id = models.CharField(max_length=30, primary_key=True)
    run = models.ForeignKey(ReportRun, models.PROTECT, related_name="releases")
    hash = models.CharField(max_length=64, unique=True)
    body = models.BinaryField()
    state = models.CharField(
        max_length=12, choices=[(name, name) for name in sorted(states.RELEASE.states())], default=states.OPEN
    )
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    request = models.CharField(max_length=30, blank=True, db_index=True)
    signed_attributes = models.BinaryField(null=True, blank=True)
    rule = models.CharField(max_length=64, blank=True)
    culprit = models.CharField(max_length=200, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=sorted(states.RELEASE.states())), name="report_release_state"
            ),
            models.UniqueConstraint(
                fields=["run"],
                condition=models.Q(state__in=states.STANDING),
                name="report_release_one_standing",
            ),
            models.CheckConstraint(
                condition=models.Q(state=states.RELEASED)
                ^ models.Q(file_sha256="", released_at__isnull=True),
                name="report_release_has_file",
            ),
        ]

    def __str__(self) -> str:
        return self.id


class ReleaseApproval(AppendOnly):
    """A statement about a release as it was handed in; ``body``: canonical bytes with its proof."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(ReportRelease, models.PROTECT, related_name="approvals")
    person = models.CharField(max_length=40)
    verdict = models.CharField(max_length=8)
    statement = models.CharField(max_length=64, unique=True)
    body = models.BinaryField()
    expires_at = models.DateTimeField()
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=["APPROVE", "REJECT"]), name="release_approval_verdict"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.verdict}"

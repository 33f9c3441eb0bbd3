"""Who was screened, what was found, who decided, and what stands still until then.

A hit exists once per subject and evidence: later screenings find the same one, and what officers
decided about it stays decided until the list entry or the name changes. Subjects are text ids of
other packages (a client, a deal), because compliance knows neither.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from custody.audit.append_only import AppendOnly
from custody.compliance.models.lists import ListEntry
from custody.vault.fields import EncryptedField

SUBJECT_LENGTH = 64


class Party(models.Model):
    """A person or organisation whose names are screened; names are read with the vault only."""

    id = models.CharField(max_length=32, primary_key=True)
    subject = models.CharField(max_length=SUBJECT_LENGTH, unique=True)
    name = EncryptedField(subject="subject")
    # One alias per line; empty when there is none.
    aliases = EncryptedField(subject="subject")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")

    def __str__(self) -> str:
        return self.id

    def names(self) -> tuple[str, ...]:
        """All names to screen, the main one first."""
        return (self.name, *self.aliases.splitlines())


class Screening(AppendOnly):
    """Proof of one look-up: what was asked, against which lists, by which method, what came out."""

    class Matched(models.TextChoices):
        NAME = "NAME", _("name")
        ADDRESS = "ADDRESS", _("address")

    class Result(models.TextChoices):
        CLEAR = "CLEAR", _("clear")
        HIT = "HIT", _("hit")

    id = models.CharField(max_length=32, primary_key=True)
    subject = models.CharField(max_length=SUBJECT_LENGTH, db_index=True)
    purpose = models.CharField(max_length=16)
    matched = models.CharField(max_length=8, choices=Matched.choices)
    # What was looked up, one per line; personal data, hence under the subject's own key.
    query = EncryptedField(subject="subject")
    method = models.CharField(max_length=16)
    lists = models.JSONField()
    result = models.CharField(max_length=8, choices=Result.choices)
    # Ids of the hits found: those that count, and those settled before as false positives.
    hits = models.JSONField()
    settled = models.JSONField()
    actor = models.CharField(max_length=100)
    screened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("screening")
        verbose_name_plural = _("screenings")
        constraints = [
            models.CheckConstraint(condition=Q(matched__in=["NAME", "ADDRESS"]), name="screening_matched"),
            models.CheckConstraint(
                condition=(Q(result="CLEAR") & Q(hits=[])) | (Q(result="HIT") & ~Q(hits=[])),
                name="screening_result_fits_hits",
            ),
        ]

    def __str__(self) -> str:
        return self.id


class Hit(AppendOnly):
    """A subject meets a list entry; ``evidence`` is the hash of entry content and key that met."""

    id = models.CharField(max_length=32, primary_key=True)
    subject = models.CharField(max_length=SUBJECT_LENGTH)
    screening = models.ForeignKey(Screening, models.PROTECT, related_name="+")
    entry = models.ForeignKey(ListEntry, models.PROTECT, related_name="hits")
    matched = models.CharField(max_length=8, choices=Screening.Matched.choices)
    # The list's own spelling that met, and how: shown to the officer who decides.
    listed = models.CharField(max_length=1_000)
    is_weak = models.BooleanField()
    evidence = models.CharField(max_length=64)
    found_at = models.DateTimeField()

    class Meta:
        verbose_name = _("hit")
        verbose_name_plural = _("hits")
        constraints = [models.UniqueConstraint(fields=["subject", "evidence"], name="hit_once")]

    def __str__(self) -> str:
        return self.id


class Disposition(models.Model):
    """What one officer decided about a hit, and what another made of it."""

    class Outcome(models.TextChoices):
        FALSE_POSITIVE = "FALSE_POSITIVE", _("false positive")
        CONFIRMED = "CONFIRMED", _("confirmed match")

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("waits for a second officer")
        CONFIRMED = "CONFIRMED", _("confirmed by a second officer")
        RETURNED = "RETURNED", _("returned by a second officer")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hit = models.ForeignKey(Hit, models.PROTECT, related_name="dispositions")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PROPOSED)
    reason = EncryptedField()
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    second_officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("disposition")
        verbose_name_plural = _("dispositions")
        constraints = [
            models.UniqueConstraint(
                fields=["hit"], condition=~Q(state="RETURNED"), name="disposition_one_standing"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["FALSE_POSITIVE", "CONFIRMED"]), name="disposition_outcome"
            ),
            models.CheckConstraint(
                condition=Q(second_officer__isnull=True) | ~Q(second_officer=F("officer")),
                name="disposition_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state="PROPOSED", second_officer__isnull=True, closed_at__isnull=True)
                | Q(
                    state__in=["CONFIRMED", "RETURNED"],
                    second_officer__isnull=False,
                    closed_at__isnull=False,
                ),
                name="disposition_closed_by_second",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hit_id} {self.outcome} {self.state}"


class Hold(models.Model):
    """While open, nothing of value moves for its subject; only a confirmed disposition ends it."""

    subject = models.CharField(max_length=SUBJECT_LENGTH)
    hit = models.ForeignKey(Hit, models.PROTECT, related_name="holds")
    placed_at = models.DateTimeField()
    ended_by = models.ForeignKey(Disposition, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.UniqueConstraint(fields=["subject", "hit"], name="hold_once_per_hit"),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True, ended_at__isnull=True)
                | Q(ended_by__isnull=False, ended_at__isnull=False),
                name="hold_ended_by_disposition",
            ),
        ]
        indexes = [
            models.Index(fields=["subject"], condition=Q(ended_at__isnull=True), name="hold_open_subject")
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.hit_id}"

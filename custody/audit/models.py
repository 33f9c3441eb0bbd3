"""Entries say what happened; links give them one order that cannot be changed unseen.

An entry is inserted in the transaction of the deed itself and has no position yet. The linker
appends an ``AuditLink`` afterwards, because a lock that serialised all transactions would be held
until each of them commits. Positions of a stream start at 1 and have no gap.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.audit.append_only import AppendOnly


class AuditEntry(AppendOnly):
    """One fact; ``body`` holds the canonical bytes, the other columns repeat them for queries."""

    id = models.BigAutoField(primary_key=True)
    stream = models.CharField(max_length=32)
    verb = models.CharField(max_length=100)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    actor_text = models.CharField(max_length=100)
    subject = models.CharField(max_length=100)
    body = models.BinaryField()
    hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["subject", "id"], name="audit_entry_subject"),
            models.Index(fields=["verb", "id"], name="audit_entry_verb"),
            models.Index(fields=["created_at"], name="audit_entry_created"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hash__regex=r"^[0-9a-f]{64}$"), name="audit_entry_hash_hex"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"


class AuditLink(AppendOnly):
    """Position of one entry in its stream, and the hash over it and all before it."""

    id = models.BigAutoField(primary_key=True)
    stream = models.CharField(max_length=32)
    position = models.PositiveBigIntegerField()
    entry = models.OneToOneField(AuditEntry, models.PROTECT, related_name="link")
    previous = models.CharField(max_length=64)
    link = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "position"], name="audit_link_position"),
            models.UniqueConstraint(fields=["stream", "previous"], name="audit_link_no_fork"),
            models.CheckConstraint(condition=models.Q(position__gte=1), name="audit_link_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.position}"

"""Files stay in the database, encrypted: one transaction with the deed that makes them, one
backup, the same roles and append-only triggers. At most 16 MiB each, so a row needs no chunks.

A file belongs to the subject whose data key encrypts it; destroying that key erases the file.
The same bytes under two subjects are two rows.
"""

from django.db import models

from custody.audit.append_only import AppendOnly

OTHER = "application/octet-stream"
MEDIA_TYPES = ("application/json", "application/pdf", "image/jpeg", "image/png", "text/plain", OTHER)


class Document(AppendOnly):
    """One file, found by subject and SHA-256 of its plain bytes."""

    id = models.BigAutoField(primary_key=True)
    sha256 = models.CharField(max_length=64)
    subject = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "sha256"], name="document_once_per_subject"),
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="document_sha256"
            ),
            models.CheckConstraint(
                condition=models.Q(media_type__in=MEDIA_TYPES), name="document_media_type"
            ),
        ]

    def __str__(self) -> str:
        return self.sha256

"""Data keys, one per subject; destroying the row's wrapped key makes the subject unreadable."""

from django.db import models
from django.db.models.functions import Now


class DataKey(models.Model):
    """A 256-bit key for one subject (a person, a party), wrapped by the keys process."""

    subject = models.CharField(max_length=200, unique=True)
    wrapped = models.BinaryField()
    kek = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    shredded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="data_key_gone_when_shredded",
                condition=models.Q(shredded_at__isnull=True) ^ models.Q(wrapped=b""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.pk})"

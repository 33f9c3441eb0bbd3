"""Sanctions lists as imported: versions are kept for ever, one of each source is active.

Rows are inserted once. The active version is a pointer of its own, so that a new list is taken
into use by moving one row in the transaction that brought it.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from custody.audit.append_only import AppendOnly
from custody.compliance.lists.base import KINDS
from custody.compliance.normalise import MAX_NAME


class SanctionsList(AppendOnly):
    """One imported version; ``sha256`` is over the XML, as the publisher states it."""

    source = models.CharField(max_length=16)
    version = models.PositiveIntegerField()
    list_date = models.DateField()
    sha256 = models.CharField(max_length=64)
    parties = models.PositiveIntegerField()
    names = models.PositiveIntegerField()
    weak_names = models.PositiveIntegerField()
    addresses = models.PositiveIntegerField()
    imported_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sanctions list")
        verbose_name_plural = _("sanctions lists")
        constraints = [
            models.UniqueConstraint(fields=["source", "version"], name="sanctions_list_version"),
            models.UniqueConstraint(fields=["source", "sha256"], name="sanctions_list_once"),
            models.CheckConstraint(condition=models.Q(parties__gt=0), name="sanctions_list_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.list_date}"


class ActiveList(models.Model):
    """The version of a source that screenings use now."""

    source = models.CharField(max_length=16, primary_key=True)
    list = models.OneToOneField(SanctionsList, models.PROTECT, related_name="active")

    def __str__(self) -> str:
        return self.source


class ListEntry(AppendOnly):
    """A listed party; ``digest`` is equal in two versions when nothing about it changed."""

    list = models.ForeignKey(SanctionsList, models.PROTECT, related_name="entries")
    profile_id = models.CharField(max_length=32)
    kind = models.CharField(max_length=8, choices=[(kind, kind) for kind in KINDS])
    name = models.CharField(max_length=MAX_NAME)
    programmes = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "profile_id"], name="list_entry_once"),
            models.CheckConstraint(condition=models.Q(kind__in=KINDS), name="list_entry_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.list_id}/{self.profile_id}"


class ListName(AppendOnly):
    """A name or alias of an entry; ``key`` is its exact key (custody.compliance.normalise)."""

    entry = models.ForeignKey(ListEntry, models.PROTECT, related_name="names")
    text = models.CharField(max_length=MAX_NAME)
    key = models.CharField(max_length=MAX_NAME, db_index=True)
    parts = models.JSONField()
    alias_type = models.CharField(max_length=32)
    is_primary = models.BooleanField()
    is_weak = models.BooleanField()
    script = models.CharField(max_length=16)

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.text}"


class ListAddress(AppendOnly):
    """A digital currency address of an entry; ``key`` as custody.compliance.addresses makes it."""

    entry = models.ForeignKey(ListEntry, models.PROTECT, related_name="addresses")
    currency = models.CharField(max_length=16)
    address = models.CharField(max_length=128)
    key = models.CharField(max_length=128, db_index=True)

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.currency} {self.address}"

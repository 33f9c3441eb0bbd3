"""Links from any id to its page: pages say which ids are theirs, nobody needs to know whose."""

from django.contrib import admin
from django.urls import reverse
from django.utils.safestring import SafeString

from custody.web import show


def to_record(record_id: str) -> SafeString:
    """The id as link to its record's page; as plain id when no page shows such records."""
    address = address_of(record_id)
    return show.link(address, show.code(record_id)) if address else show.code(record_id)


def address_of(record_id: str) -> str:
    """Address of the page of ``record_id`` ("deal_…", "hit_…"), empty when there is none."""
    prefix = record_id.partition("_")[0]
    for model, page in admin.site._registry.items():
        if prefix and getattr(page, "prefix", "") == prefix:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
            return reverse(name, args=[record_id])
    return ""

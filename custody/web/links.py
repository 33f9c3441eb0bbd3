"""Links from any id to its page: pages say which ids are theirs, nobody needs to know whose.

Where a request is answered, an id is a link only for who may open its page.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from custody.web import show

_answered: ContextVar[HttpRequest | None] = ContextVar("answered", default=None)


@contextmanager
def answering(request: HttpRequest) -> Iterator[None]:
    """Links inside the block are for the person of this request."""
    token = _answered.set(request)
    try:
        yield
    finally:
        _answered.reset(token)


def to_record(record_id: str) -> SafeString:
    """The id as link to its record's page; as plain id when no page shows it to this person."""
    address = address_of(record_id)
    return show.link(address, show.code(record_id)) if address else show.code(record_id)


def to_existing(record_id: str) -> SafeString:
    """The same where the record may not be there yet: a link only once it is."""
    prefix = record_id.partition("_")[0]
    pages = [model for model, page in admin.site._registry.items() if getattr(page, "prefix", "") == prefix]
    exists = any(model._default_manager.filter(pk=record_id).exists() for model in pages)
    return to_record(record_id) if exists else show.code(record_id)


def address_of(record_id: str) -> str:
    """Address of the page of ``record_id`` ("deal_…", "hit_…"), empty when there is none for this person."""
    prefix, request = record_id.partition("_")[0], _answered.get()
    for model, page in admin.site._registry.items():
        if prefix and getattr(page, "prefix", "") == prefix:
            if request is not None and not page.has_view_permission(request):
                return ""
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
            return reverse(name, args=[record_id])
    return ""

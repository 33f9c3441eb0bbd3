"""Bases of all admin pages: read-only lists, record pages with facts, timeline and buttons."""

from custody.web.admin.base import ReadOnlyAdmin
from custody.web.admin.deeds import Deed, Fields
from custody.web.admin.record import Fact, RecordAdmin, Section

__all__ = ["Deed", "Fact", "Fields", "ReadOnlyAdmin", "RecordAdmin", "Section"]

# Registers the pages of the audit record, which lies below this package and knows no pages.
from custody.web.admin import audit  # noqa: E402, F401

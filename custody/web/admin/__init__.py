"""Bases of all admin pages: read-only lists, record pages with facts, timeline and buttons."""

from custody.web.admin.base import ReadOnlyAdmin
from custody.web.admin.columns import column, titled
from custody.web.admin.deeds import Deed, Fields, Next, RecordForm, Secret
from custody.web.admin.facts import Fact, Section
from custody.web.admin.handed import hand_down
from custody.web.admin.record import RecordAdmin

__all__ = [
    "Deed",
    "Fact",
    "Fields",
    "Next",
    "ReadOnlyAdmin",
    "RecordAdmin",
    "RecordForm",
    "Secret",
    "Section",
    "column",
    "hand_down",
    "titled",
]

# Registers the pages of the audit record, which lies below this package and knows no pages.
from custody.web.admin import audit  # noqa: E402, F401

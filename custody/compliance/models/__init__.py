"""Tables of compliance: lists as imported, screenings and hits as found, decisions and holds."""

from custody.compliance.models.lists import (
    ActiveList,
    ListAddress,
    ListEntry,
    ListName,
    SanctionsList,
)
from custody.compliance.models.screening import Disposition, Hit, Hold, Party, Screening

__all__ = [
    "ActiveList",
    "Disposition",
    "Hit",
    "Hold",
    "ListAddress",
    "ListEntry",
    "ListName",
    "Party",
    "SanctionsList",
    "Screening",
]

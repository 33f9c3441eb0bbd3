"""What packages above put on the pages of packages below, which do not know them.

A case file belongs on the page of its deal although escrow knows no reports: the package of the
reports hands button and section down, by the label of the model whose page it is.
"""

from collections.abc import Callable, Sequence
from typing import Any

from custody.web.admin.deeds import Deed

_deeds: dict[str, list[Deed[Any]]] = {}
_sections: dict[str, list[Callable[[Any], Sequence[Any]]]] = {}


def hand_down(
    page: str, *, deeds: Sequence[Deed[Any]] = (), sections: Callable[[Any], Sequence[Any]] | None = None
) -> None:
    """Add to the page of ``page`` ("app.Model"); twice is once."""
    known = _deeds.setdefault(page, [])
    known.extend(deed for deed in deeds if deed not in known)
    if sections is not None and sections not in _sections.setdefault(page, []):
        _sections[page].append(sections)


def deeds_of(page: str) -> Sequence[Deed[Any]]:
    """Deeds handed down to a page."""
    return tuple(_deeds.get(page, ()))


def sections_of(page: str, record: object) -> list[Any]:
    """Sections handed down to a page, for one record."""
    return [section for function in _sections.get(page, ()) for section in function(record)]

"""Finds the list entries that a name or an address meets exactly, in the versions now active."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from custody.common import canonical
from custody.common.errors import RefusedError
from custody.compliance.addresses import address_key
from custody.compliance.lists import SOURCES
from custody.compliance.models import ListAddress, ListEntry, ListName, SanctionsList, Screening
from custody.compliance.normalise import name_key

METHOD = "exact/1"


@dataclass(frozen=True)
class Match:
    """One entry that was met: by which spelling of the list, and whether that is a weak alias."""

    entry: ListEntry
    matched: str
    listed: str
    key: str
    is_weak: bool

    @property
    def evidence(self) -> str:
        """Hash over entry content and key: the same as long as neither changes."""
        content = {
            "source": self.entry.list.source,
            "profile": self.entry.profile_id,
            "digest": self.entry.digest,
            "matched": self.matched,
            "key": self.key,
        }
        return canonical.tagged_hash("custody/screening-evidence/v1", canonical.encode(content)).hex()


def active_lists() -> list[SanctionsList]:
    """Return the versions in use, one of each source.

    Raises RefusedError ``no_sanctions_list`` while one is missing: nobody is clear who was not
    compared with all of them.
    """
    lists = list(SanctionsList.objects.filter(active__isnull=False).order_by("source"))
    missing = sorted(SOURCES.keys() - {item.source for item in lists})
    if missing:
        raise RefusedError(f"no list of {', '.join(missing)} has been imported", code="no_sanctions_list")
    return lists


def match_names(names: Sequence[str], *, lists: Iterable[SanctionsList]) -> list[Match]:
    """Return one match per entry that any of the names meets; a strong alias before a weak one."""
    keys = {name_key(name) for name in names}
    rows = (
        ListName.objects.filter(key__in=keys, entry__list__in=lists)
        .select_related("entry__list")
        .order_by("entry_id", "is_weak", "-is_primary", "pk")
    )
    found: dict[int, Match] = {}
    for row in rows:
        match = Match(row.entry, Screening.Matched.NAME, row.text, row.key, row.is_weak)
        found.setdefault(row.entry_id, match)
    return list(found.values())


def match_address(*, chain: str, address: str, lists: Iterable[SanctionsList]) -> list[Match]:
    """Return one match per entry that lists this address under any currency."""
    rows = (
        ListAddress.objects.filter(key=address_key(chain=chain, address=address), entry__list__in=lists)
        .select_related("entry__list")
        .order_by("entry_id", "pk")
    )
    found: dict[int, Match] = {}
    for row in rows:
        match = Match(row.entry, Screening.Matched.ADDRESS, f"{row.currency} {row.address}", row.key, False)
        found.setdefault(row.entry_id, match)
    return list(found.values())

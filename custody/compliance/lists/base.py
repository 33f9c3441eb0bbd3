"""What every list of sanctions is read into, whatever its format."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from custody.common.canonical import tagged_hash
from custody.common.errors import InvalidInputError

PERSON, ENTITY, VESSEL, AIRCRAFT = "PERSON", "ENTITY", "VESSEL", "AIRCRAFT"
KINDS = (PERSON, ENTITY, VESSEL, AIRCRAFT)


class Readable(Protocol):
    """The part of a binary file that readers use."""

    def read(self, size: int = -1, /) -> bytes: ...


class BrokenListError(InvalidInputError):
    """The file is not a complete list of the expected format; nothing was changed."""

    code = "broken_list"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, field="file")


@dataclass(frozen=True, slots=True)
class ListedName:
    """One name or alias; ``parts`` are (type, text) as the list gives them, ``script`` ISO 15924-like."""

    text: str
    parts: tuple[tuple[str, str], ...]
    alias_type: str
    is_primary: bool
    is_weak: bool
    script: str


@dataclass(frozen=True, slots=True)
class ListedAddress:
    """A digital currency address as written in the list, with the list's currency code."""

    currency: str
    address: str


@dataclass(frozen=True, slots=True)
class ListedParty:
    """One person, entity, vessel or aircraft; ``profile_id`` is the list's own stable number."""

    profile_id: str
    kind: str
    names: tuple[ListedName, ...]
    addresses: tuple[ListedAddress, ...]
    programmes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The primary name, in Latin script where the list has one."""
        primary = [name for name in self.names if name.is_primary] or list(self.names)
        latin = [name for name in primary if name.script in ("Latn", "Latin")]
        return (latin or primary)[0].text

    @property
    def digest(self) -> str:
        """Hash (64 hex) of what matching and officers see: equal means unchanged between versions."""
        content = {
            "kind": self.kind,
            "names": sorted([n.text, n.alias_type, n.is_primary, n.is_weak, n.script] for n in self.names),
            "addresses": sorted([a.currency, a.address] for a in self.addresses),
            "programmes": sorted(self.programmes),
        }
        # Not canonical JSON: lists contain marks of writing direction, which that form refuses.
        return tagged_hash("custody/listed-party/v1", json.dumps(content, sort_keys=True).encode()).hex()


@dataclass(frozen=True, slots=True)
class ParsedList:
    """A complete list as published on ``list_date``."""

    list_date: date
    parties: tuple[ListedParty, ...]

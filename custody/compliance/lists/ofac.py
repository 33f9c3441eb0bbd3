"""Reads the list of the US Treasury (OFAC SDN) in its "advanced" XML format as a stream.

Names refer to typed parts by group number; digital currency addresses are features whose type
text says so; programmes stand in a later part of the file. Whatever a file lacks to be complete
is refused: every party has a sanctions entry, every entry a party, every number a meaning.
"""

from collections.abc import Callable, Iterator
from datetime import date

from lxml import etree

from custody.compliance.lists.base import (
    AIRCRAFT,
    ENTITY,
    PERSON,
    VESSEL,
    BrokenListError,
    ListedAddress,
    ListedName,
    ListedParty,
    ParsedList,
    Readable,
)
from custody.compliance.lists.xml import attribute, child_text, local_name, stream_elements

_ADDRESS = "Digital Currency Address - "
_PROGRAMME = "Program"
_KINDS = {"Individual": PERSON, "Entity": ENTITY, "Vessel": VESSEL, "Aircraft": AIRCRAFT}
_REFERENCES = ("AliasType", "FeatureType", "NamePartType", "PartyType", "SanctionsType")
_SKIPPED = ("Location", "IDRegDocument", "ProfileRelationship")
# Order in which the parts of a person's name are written; parts of other types follow.
_PART_ORDER = ("First Name", "Middle Name", "Patronymic", "Matronymic", "Last Name", "Maiden Name")


def read_ofac(stream: Readable) -> ParsedList:
    """Read a whole list; raises BrokenListError naming what is wrong with the file."""
    reader = _Reader()
    for element in stream_elements(stream, root="Sanctions", wanted=reader.handlers, skipped=_SKIPPED):
        reader.handlers[local_name(element)](element)
    return reader.finish()


class _Reader:
    """Collects references, parties and entries while the file passes by."""

    def __init__(self) -> None:
        self._date: date | None = None
        self._texts: dict[str, dict[str, str]] = {name: {} for name in _REFERENCES}
        self._scripts: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._parties: dict[str, ListedParty] = {}
        self._programmes: dict[str, list[str]] = {}
        self.handlers: dict[str, Callable[[etree._Element], None]] = {
            "DateOfIssue": self._read_date,
            "Script": self._read_script,
            "PartySubType": self._read_kind,
            "DistinctParty": self._read_party,
            "SanctionsEntry": self._read_entry,
            **dict.fromkeys(_REFERENCES, self._read_reference),
        }

    def finish(self) -> ParsedList:
        """Return the list; raises BrokenListError when a part of it is missing."""
        if self._date is None:
            raise BrokenListError("DateOfIssue is missing")
        if not self._parties:
            raise BrokenListError("there is no DistinctParty")
        unmatched = self._parties.keys() ^ self._programmes.keys()
        if unmatched:
            raise BrokenListError(f"{len(unmatched)} profiles lack their party or their SanctionsEntry")
        return ParsedList(self._date, tuple(map(self._with_programmes, self._parties.values())))

    def _with_programmes(self, party: ListedParty) -> ListedParty:
        programmes = tuple(dict.fromkeys(self._programmes[party.profile_id]))
        return ListedParty(party.profile_id, party.kind, party.names, party.addresses, programmes)

    def _read_date(self, element: etree._Element) -> None:
        try:
            self._date = date(*(int(child_text(element, part)) for part in ("Year", "Month", "Day")))
        except ValueError:
            raise BrokenListError("DateOfIssue is not a date") from None

    def _read_reference(self, element: etree._Element) -> None:
        self._texts[local_name(element)][attribute(element, "ID")] = element.text or ""

    def _read_script(self, element: etree._Element) -> None:
        self._scripts[attribute(element, "ID")] = attribute(element, "ScriptCode")

    def _read_kind(self, element: etree._Element) -> None:
        text = element.text or ""
        self._kinds[attribute(element, "ID")] = text if text in _KINDS else attribute(element, "PartyTypeID")

    def _read_party(self, element: etree._Element) -> None:
        for profile in element.iterfind("{*}Profile"):
            party = self._party(profile)
            if party.profile_id in self._parties:
                raise BrokenListError(f"profile {party.profile_id} occurs twice")
            self._parties[party.profile_id] = party

    def _party(self, profile: etree._Element) -> ListedParty:
        number = attribute(profile, "ID")
        try:
            kind = self._kind(attribute(profile, "PartySubTypeID"))
            names = tuple(self._names(profile))
            addresses = tuple(self._addresses(profile))
        except KeyError as error:
            raise BrokenListError(f"profile {number} refers to unknown number {error.args[0]}") from None
        if not names:
            raise BrokenListError(f"profile {number} has no name")
        return ListedParty(number, kind, names, addresses, ())

    def _kind(self, subtype: str) -> str:
        """A subtype is a vessel or aircraft itself, or points to a party type."""
        kind = self._kinds[subtype]
        return _KINDS[kind if kind in _KINDS else self._texts["PartyType"][kind]]

    def _names(self, profile: etree._Element) -> Iterator[ListedName]:
        for identity in profile.iterfind("{*}Identity"):
            types = {
                attribute(group, "ID"): self._texts["NamePartType"][attribute(group, "NamePartTypeID")]
                for group in identity.iterfind("{*}NamePartGroups/{*}MasterNamePartGroup/{*}NamePartGroup")
            }
            for alias in identity.iterfind("{*}Alias"):
                for documented in alias.iterfind("{*}DocumentedName"):
                    yield self._name(alias, documented, types)

    def _name(self, alias: etree._Element, documented: etree._Element, types: dict[str, str]) -> ListedName:
        values = [
            value
            for value in documented.iterfind("{*}DocumentedNamePart/{*}NamePartValue")
            if (value.text or "").strip()
        ]
        if not values:
            raise BrokenListError(f"name {attribute(documented, 'ID')} is empty")
        parts = [(types[attribute(value, "NamePartGroupID")], str(value.text).strip()) for value in values]
        parts.sort(key=_part_rank)
        return ListedName(
            text=" ".join(text for _, text in parts),
            parts=tuple(parts),
            alias_type=self._texts["AliasType"][attribute(alias, "AliasTypeID")],
            is_primary=attribute(alias, "Primary") == "true",
            is_weak=attribute(alias, "LowQuality") == "true",
            script=self._scripts[attribute(values[0], "ScriptID")],
        )

    def _addresses(self, profile: etree._Element) -> Iterator[ListedAddress]:
        for feature in profile.iterfind("{*}Feature"):
            text = self._texts["FeatureType"][attribute(feature, "FeatureTypeID")]
            if text.startswith(_ADDRESS):
                for detail in feature.iterfind("{*}FeatureVersion/{*}VersionDetail"):
                    yield ListedAddress(text.removeprefix(_ADDRESS), (detail.text or "").strip())

    def _read_entry(self, element: etree._Element) -> None:
        programmes = self._programmes.setdefault(attribute(element, "ProfileID"), [])
        for measure in element.iterfind("{*}SanctionsMeasure"):
            if self._texts["SanctionsType"].get(attribute(measure, "SanctionsTypeID")) == _PROGRAMME:
                programmes.append(child_text(measure, "Comment"))


def _part_rank(part: tuple[str, str]) -> int:
    return _PART_ORDER.index(part[0]) if part[0] in _PART_ORDER else len(_PART_ORDER)

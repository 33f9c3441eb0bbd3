"""How many people, in which role, accept which trust document, and whether it waits (formats section 4)."""

from collections.abc import Set
from dataclasses import dataclass

from custody.statements.genesis import Genesis
from custody.statements.trust import TrustType

# Roles of machines: they may initiate, and never count as a person (trust.md 2).
NO_PERSON = frozenset({"IMPORTER", "MACHINE"})
# Types of the table's "everything else" that count at once when their quorum is there.
AT_ONCE = frozenset({"KEY_ACTIVATE", "KEY_STATE", "KEY_TEMPLATE", "DENY_REMOVE", "HOLD_END", "RESTART"})
# At least two people, whatever the quorum of genesis.
TWO_AT_LEAST = 2
TWO = frozenset({"ADDRESS", "HOLD_END", "RESTART"})
# Who may tighten alone; every other type is for officers.
ALONE: dict[TrustType, frozenset[str]] = {
    "DENY_ADD": frozenset({"IMPORTER", "OFFICER"}),
    "HOLD": frozenset({"COMPLIANCE", "OFFICER"}),
    "LEASE": frozenset({"CUSTODIAN", "OFFICER"}),
}
OFFICERS = frozenset({"OFFICER"})


@dataclass(frozen=True)
class Requirement:
    """``people`` distinct ones with one of ``roles``; the maker among them only where ``maker_counts``."""

    people: int
    roles: frozenset[str]
    maker_counts: bool
    delay_seconds: int

    def counts(self, person: str, roles: Set[str], *, maker: str) -> bool:
        """Does the word of somebody in these roles count? A machine's only where its own role is wanted."""
        if person == maker and not self.maker_counts:
            return False
        wanted = self.roles & roles
        return bool(wanted) and (not roles & NO_PERSON or bool(wanted & NO_PERSON))


def requirement(kind: TrustType, *, tightens: bool, genesis: Genesis) -> Requirement:
    """What a document of this type needs to be accepted."""
    if tightens:
        return Requirement(1, ALONE.get(kind, OFFICERS), maker_counts=True, delay_seconds=0)
    people = max(TWO_AT_LEAST, genesis.quorum) if kind in TWO else genesis.quorum
    delay = 0 if kind in AT_ONCE else genesis.delay_seconds
    return Requirement(people, OFFICERS, maker_counts=False, delay_seconds=delay)

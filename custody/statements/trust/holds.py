"""Stream ``holds``: what stands still, who is on duty, and how it goes on (trust.md 19, 21).

A hold, a kill and a vetoed document are named by the hash of the document that made them.
"""

from dataclasses import dataclass
from typing import Literal

from custody.statements.fields import Hash, KeyId, PersonId, Text, Time
from custody.statements.form import Form

HoldScope = Literal["ADDRESS", "CLIENT", "DEAL", "KEY", "WALLET"]


@dataclass(frozen=True, kw_only=True)
class Hold(Form):
    """Nothing is signed for ``ref``: an address, or an id of the kind that ``scope`` says."""

    scope: HoldScope
    ref: Text


@dataclass(frozen=True, kw_only=True)
class HoldEnd(Form):
    """Ends the hold that the document with this hash made."""

    hold: Hash


@dataclass(frozen=True, kw_only=True)
class Lease(Form):
    """``person`` is on duty until then: mandates and hot keys work meanwhile."""

    person: PersonId
    until: Time


@dataclass(frozen=True, kw_only=True)
class Kill(Form):
    """No spend of ``key``, or of any key where none is named, until a restart names this document."""

    key: KeyId | None = None


@dataclass(frozen=True, kw_only=True)
class Restart(Form):
    """Ends one kill; single use, because a kill ends once."""

    kill: Hash


@dataclass(frozen=True, kw_only=True)
class Veto(Form):
    """Stops a document that waits for its delay."""

    document: Hash

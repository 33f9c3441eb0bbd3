"""A credential as its signer publishes it: what proofs are checked with, and no name of a person.

Pure. Whoever holds the published list can tell a forged approval from a true one; whether a true one
suffices only the signer decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from custody.statements.approval import Approval, Proved
from custody.statements.credential import Credential, PersonCredential, PersonRole
from custody.statements.fields import PersonId, SetOf, Time
from custody.statements.form import Form
from custody.statements.proof import ProofError

FIELD = "/proof/credential"


@dataclass(frozen=True, kw_only=True)
class KnownCredential(Form):
    """``active_from`` exactly of one that waits for its delay; ENDED was revoked, or its time is over."""

    person: PersonId
    roles: SetOf[PersonRole]
    credential: Credential
    valid_until: Time
    status: Literal["ACTIVE", "WAITING", "ENDED"]
    active_from: Time | None = None

    @classmethod
    def of(
        cls,
        entry: PersonCredential,
        status: Literal["ACTIVE", "WAITING", "ENDED"],
        *,
        active_from: datetime | None = None,
    ) -> "KnownCredential":
        """What is published of a pinned credential."""
        return cls(
            person=entry.person,
            roles=entry.roles,
            credential=entry.credential,
            valid_until=entry.valid_until,
            status=status,
            active_from=active_from,
        )

    def counts(self, *, at: datetime) -> bool:
        """True when its delay, if any, is over; whether it has expired the proof says."""
        if self.status == "WAITING":
            return self.active_from is not None and self.active_from <= at
        return self.status == "ACTIVE"

    @property
    def pinned(self) -> PersonCredential:
        """As proofs are verified under it; the id stands where the name of the person was."""
        return PersonCredential(
            person=self.person,
            name=self.person,
            roles=self.roles,
            credential=self.credential,
            valid_until=self.valid_until,
        )


def prove(approval: Approval, known: Sequence[KnownCredential], *, at: datetime) -> Proved:
    """Return who made the statement, by the published list.

    Raises ProofError ``not_pinned`` and ``not_active``, and what ``Approval.verify`` raises.
    """
    named = (approval.statement.person, approval.proof.credential)
    own = [entry for entry in known if (entry.person, entry.credential.name) == named]
    if not own:
        raise ProofError("the signer knows no such credential of this person", code="not_pinned", field=FIELD)
    counting = [entry for entry in own if entry.counts(at=at)]
    if not counting:
        is_to_come = any(entry.status == "WAITING" for entry in own)
        raise _waits() if is_to_come else _ended()
    # The last one that took effect replaces those of the same name.
    newest = max(counting, key=lambda entry: (entry.active_from is not None, entry.active_from or at))
    return approval.verify([newest.pinned], at=at)


def _waits() -> ProofError:
    return ProofError("this credential does not count yet", code="not_active", field=FIELD)


def _ended() -> ProofError:
    return ProofError("this credential does not count any more", code="not_active", field=FIELD)

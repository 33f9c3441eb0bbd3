"""What people agree on at the signer's console: a critical action of the signer itself, and their approvals.

Each signs the action on a device of their own; its parameters are the hash of what is to be done, so
that nothing else can be done with their word, and its id makes it a single time.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from custody.common import canonical
from custody.common.ids import new_id
from custody.hsm.signer import approvals
from custody.hsm.signer.approvals import Verdicts
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors
from custody.hsm.signer.trust.quorum import OFFICERS
from custody.hsm.signer.trust.state import TrustState
from custody.statements.approval import Approval, Subject
from custody.statements.critical import SIGNER, Critical
from custody.statements.fields import SetOf
from custody.statements.form import Form

CUSTODIANS = frozenset({"CUSTODIAN"})
LEAST_PEOPLE = 2
VALID_FOR = timedelta(hours=8)


class Rules(NamedTuple):
    """What a refusal is called."""

    another_action: str = "another_action_was_approved"
    other_parameters: str = "other_parameters_were_approved"
    done_before: str = "action_was_done"
    too_few: str = "approvals_missing"


class Plan(Form):
    """What is to be done; it travels beside the action, which names it by ``parameters``."""

    @property
    def parameters(self) -> str:
        """What people compare and approve: SHA-256 of the canonical bytes."""
        return hashlib.sha256(canonical.encode(self.to_json())).hexdigest()

    def in_words(self) -> dict[str, str]:
        """What the parameters stand for, name → value, for people who compare; nothing is left out."""
        return {name: _said(value) for name, value in self.to_json().items()}


@dataclass(frozen=True, kw_only=True)
class Agreement(Form, ABC):
    """Subclasses say which action it is, who has to agree, and with what parameters."""

    ACTION: ClassVar[str]
    ROLES: ClassVar[frozenset[str]] = OFFICERS
    RULES: ClassVar[Rules] = Rules()

    action: Critical
    approvals: SetOf[Approval]

    @property
    @abstractmethod
    def parameters(self) -> str:
        """Hash that the approved action has to name."""

    def check(self, *, trust: TrustState, at: datetime) -> Verdicts:
        """Return who agreed; raises Refusal with a culprit inside the agreement."""
        action = self.action
        if action.instance != trust.genesis.instance:
            raise Refusal("wrong_instance", "/action/instance")
        if (action.system, action.action) != (SIGNER, self.ACTION):
            raise Refusal(self.RULES.another_action, "/action/action")
        if action.parameters != self.parameters:
            raise Refusal(self.RULES.other_parameters, "/action/parameters")
        if action.expires_at <= at:
            raise Refusal("expired", "/action/expires_at")
        if selectors.request_hash(action.id) is not None:
            raise Refusal(self.RULES.done_before, "/action/id")
        return self._agreed(trust, at)

    def record(self, verdicts: Verdicts) -> dict[str, Any]:
        """What the journal keeps of it: no name of a person."""
        return {
            "id": self.action.id,
            "action": self.action.hash,
            "people": sorted(verdicts.people(self.ROLES)),
            "statements": list(verdicts.seen),
        }

    def _agreed(self, trust: TrustState, at: datetime) -> Verdicts:
        subject = Subject(format="custody/critical/v1", hash=self.action.hash)
        wanted = approvals.Wanted(subject, self.action.expires_at)
        verdicts = approvals.verify(self.approvals, wanted, trust=trust, at=at, pointer="/approvals")
        if len(verdicts.humans(self.ROLES)) < max(LEAST_PEOPLE, trust.genesis.quorum):
            raise Refusal(self.RULES.too_few, "/approvals")
        return verdicts


def _said(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def planned_action(action: str, parameters: str, *, at: datetime) -> Critical:
    """The action for people to approve within the next hours."""
    now = at.replace(microsecond=0)
    return Critical(
        id=new_id("req", at=now),
        instance=selectors.trust().genesis.instance,
        system=SIGNER,
        action=action,
        parameters=parameters,
        expires_at=now + VALID_FOR,
    )


def read_agreed(action: Path, approvals: Sequence[Path]) -> tuple[Critical, tuple[Approval, ...]]:
    """The files of a plan and of ``approve``; raises OSError and InvalidInputError."""
    said = tuple(Approval.read(canonical.decode(file.read_bytes())) for file in approvals)
    return Critical.from_bytes(action.read_bytes()), said

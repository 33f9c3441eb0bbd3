"""What custodians who are present at the signer's console agree on: one action, once (trust.md 15).

Each signs a critical action (formats section 3 lists it among the subjects) on a device of their own;
its parameters are the SHA-256 of the plan that travels beside it, so that all have signed the same plan.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from custody.common import canonical
from custody.common.ids import new_id
from custody.hsm.signer import approvals
from custody.hsm.signer.approvals import Verdicts
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors
from custody.hsm.signer.trust.state import TrustState
from custody.statements.approval import Approval, Subject
from custody.statements.critical import SIGNER, Critical
from custody.statements.fields import SetOf
from custody.statements.form import Form

CUSTODIANS = frozenset({"CUSTODIAN"})
LEAST_PEOPLE = 2
VALID_FOR = timedelta(hours=8)


@dataclass(frozen=True)
class Rules:
    """Names of the refusals, which say what the agreement was to be about."""

    other_action: str
    other_plan: str
    was_held: str


class Plan(Form):
    """What is to be done; it travels beside the action, which names it by ``parameters``."""

    @property
    def parameters(self) -> str:
        """SHA-256 of the canonical bytes: what the custodians compare and approve."""
        return hashlib.sha256(canonical.encode(self.to_json())).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Agreement(Form):
    """The agreed action and who approved it; a subclass brings the plan."""

    ACTION: ClassVar[str]
    RULES: ClassVar[Rules]

    action: Critical
    approvals: SetOf[Approval]

    @property
    def plan(self) -> Plan:
        """What the action's parameters stand for."""
        raise NotImplementedError

    def check(self, *, trust: TrustState, at: datetime) -> Verdicts:
        """Return who was present; raises Refusal with a culprit inside the agreement."""
        action = self.action
        if action.instance != trust.genesis.instance:
            raise Refusal("wrong_instance", "/action/instance")
        if (action.system, action.action) != (SIGNER, self.ACTION):
            raise Refusal(self.RULES.other_action, "/action/action")
        if action.parameters != self.plan.parameters:
            raise Refusal(self.RULES.other_plan, "/action/parameters")
        if action.expires_at <= at:
            raise Refusal("expired", "/action/expires_at")
        if selectors.request_hash(action.id) is not None:
            raise Refusal(self.RULES.was_held, "/action/id")
        return self._present(trust, at)

    def _present(self, trust: TrustState, at: datetime) -> Verdicts:
        wanted = approvals.Wanted(
            Subject(format="custody/critical/v1", hash=self.action.hash), self.action.expires_at
        )
        verdicts = approvals.verify(self.approvals, wanted, trust=trust, at=at, pointer="/approvals")
        if len(verdicts.people(CUSTODIANS)) < max(LEAST_PEOPLE, trust.genesis.quorum):
            raise Refusal("custodians_missing", "/approvals")
        return verdicts

    def record(self, verdicts: Verdicts) -> dict[str, Any]:
        """What the journal keeps of the agreement: no name of a person."""
        return {
            "id": self.action.id,
            "action": self.action.hash,
            "people": sorted(verdicts.people(CUSTODIANS)),
            "statements": list(verdicts.seen),
        }


def planned_action(name: str, plan: Plan, *, instance: str, at: datetime) -> Critical:
    """The action that the custodians sign; it stays valid for a working day."""
    return Critical(
        id=new_id("req", at=at),
        instance=instance,
        system=SIGNER,
        action=name,
        parameters=plan.parameters,
        expires_at=at + VALID_FOR,
    )

"""A key ceremony at the signer's console: custodians present agree on one key, and the signer makes it.

What they agree on is a critical action (formats section 3 lists it among the subjects) whose
parameters are the hash of the wanted key; each custodian signs it on a device of their own. The key
is PRE_ACTIVE afterwards: an activation document by the quorum says what it is for.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from custody.common import canonical
from custody.hsm.signer import approvals
from custody.hsm.signer.approvals import Verdicts
from custody.hsm.signer.refusal import Refusal
from custody.hsm.signer.store import selectors
from custody.hsm.signer.trust.state import TrustState
from custody.statements.approval import Approval, Subject
from custody.statements.critical import Critical
from custody.statements.fields import SetOf, Text
from custody.statements.form import Form
from custody.statements.trust.keys import Curve, KeyPurpose

SYSTEM, ACTION = "signer", "MAKE_KEY"
CUSTODIANS = frozenset({"CUSTODIAN"})
LEAST_PEOPLE = 2


@dataclass(frozen=True, kw_only=True)
class WantedKey(Form):
    """What the ceremony makes."""

    purpose: KeyPurpose
    curve: Curve
    label: Text

    @property
    def parameters(self) -> str:
        """SHA-256 of the canonical bytes: what the custodians compare and approve."""
        return hashlib.sha256(canonical.encode(self.to_json())).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Ceremony(Form):
    """The agreed action, who approved it, and the key it names by its parameters."""

    action: Critical
    approvals: SetOf[Approval]
    key: WantedKey

    def check(self, *, trust: TrustState, at: datetime) -> Verdicts:
        """Return who was present; raises Refusal with a culprit inside the ceremony."""
        action = self.action
        if action.instance != trust.genesis.instance:
            raise Refusal("wrong_instance", "/action/instance")
        if (action.system, action.action) != (SYSTEM, ACTION):
            raise Refusal("not_a_key_ceremony", "/action/action")
        if action.parameters != self.key.parameters:
            raise Refusal("another_key_was_approved", "/action/parameters")
        if action.expires_at <= at:
            raise Refusal("expired", "/action/expires_at")
        if selectors.request_hash(action.id) is not None:
            raise Refusal("ceremony_was_held", "/action/id")
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
        """What the key's entry keeps of the ceremony: no name of a person."""
        return {
            "id": self.action.id,
            "action": self.action.hash,
            "people": sorted(verdicts.people(CUSTODIANS)),
            "statements": list(verdicts.seen),
        }

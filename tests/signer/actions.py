"""A key that signs critical actions of another system, taken into use by the officers."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from custody.common.ids import new_id
from custody.statements.approval import Approval
from custody.statements.critical import Critical, CriticalBinding
from custody.statements.request import Request
from tests.signer.genesis import CUSTODIAN, INSTANCE, TREASURER
from tests.signer.house import House


@dataclass
class Actions:
    """The power plant shuts down when two custodians say so."""

    house: House
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.house.make_key(3, purpose="critical")
        self.activate(self.key)

    def binding(self, **changes: Any) -> CriticalBinding:
        values: dict[str, Any] = {
            "system": "power plant",
            "actions": ("SHUT_DOWN", "START"),
            "people": 2,
            "roles": ("CUSTODIAN",),
        }
        return CriticalBinding(**values | changes)

    def activate(self, key: str, **changes: Any) -> None:
        body = replace(
            self.house.activation(key, wallet=3), purpose="critical", wallet=None, critical=self.binding()
        )
        self.house.officers.accept("KEY_ACTIVATE", replace(body, **changes))

    def action(self, **changes: Any) -> Critical:
        now = self.house.bench.hands.now
        values: dict[str, Any] = {
            "id": new_id("req", at=now),
            "instance": INSTANCE,
            "system": "power plant",
            "action": "SHUT_DOWN",
            "parameters": "5a" * 32,
            "expires_at": now + timedelta(hours=8),
        }
        return Critical(**values | changes)

    def request(
        self,
        action: Critical | None = None,
        *,
        people: tuple[str, ...] = (TREASURER, CUSTODIAN),
        approvals: tuple[Approval, ...] | None = None,
        key: str | None = None,
    ) -> Request:
        """With the approvals of ``people``, or with those given."""
        action = action or self.action()
        said = self.house.officers.approvals(action, people) if approvals is None else approvals
        return Request(
            id=new_id("req", at=self.house.bench.hands.now),
            instance=INSTANCE,
            kind="CRITICAL",
            key=key or self.key,
            approvals=said,
            payload=action,
        )

"""A cold token beside the signer's own: closed by default, its PIN typed for each session."""

import os
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from custody.common.ids import new_id
from custody.hsm.backends import registry
from custody.hsm.backends.interface import TakesPin
from custody.hsm.signer.cold_session import ColdSession, SessionPlan
from custody.hsm.signer.modules import passed_probe
from custody.hsm.signer.orders import OrderBody, OrderType
from custody.hsm.signer.store import selectors
from custody.statements.critical import Critical
from custody.statements.intent import Source
from custody.statements.request import Request
from scripts.embedded.softhsm import MODULE
from tests.signer.genesis import CUSTODIAN, INSTANCE, TREASURER
from tests.signer.house import PAYEES, House, wallet_id
from tests.signer.tokens import PIN, SO_PIN

LABEL = "signer-cold"
ENTRY: dict[str, Any] = {
    "backend": "pkcs11",
    "cold": True,
    "settings": {"module": MODULE, "label": LABEL, "profile": "softhsm2"},
}
PRESENT = (TREASURER, CUSTODIAN)


def make_cold_token() -> None:
    """One more token where this process's SoftHSM keeps its own."""
    command = ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--so-pin", SO_PIN, "--pin", PIN]
    subprocess.run(command, check=True, capture_output=True, env=dict(os.environ))


@dataclass
class Vault:
    """The house with a second wallet, of tier COLD, whose key is on the cold token."""

    house: House
    key: str = ""

    def furnish(self) -> None:
        """Probe, ceremony, activation."""
        self.probe()
        self.key = self.make_key()
        self.house.activate(self.key, wallet=2, tier="COLD")

    def probe(self) -> None:
        backend = registry.open_configured("cold")
        assert isinstance(backend, TakesPin)
        backend.take_pin(PIN)
        body = passed_probe(backend, at=self.house.bench.hands.now)
        backend.close()
        self.order("PROBED", body, pin=None)

    def make_key(self) -> str:
        before = {key.id for key in selectors.all_keys()}
        self.order("MAKE_KEY", self.house.ceremony("cold", of_key={"backend": "cold"}))
        (made,) = {key.id for key in selectors.all_keys()} - before
        return made

    def order(self, kind: OrderType, body: OrderBody, *, pin: str | None = PIN) -> None:
        """Give an order as the console does, and let the signer have its turn."""
        orders = self.house.bench.orders
        order = orders.new(kind=kind, body=body, reason="test")
        if pin is None:
            orders.write(order)
            self.house.bench.signer.handle_all([])
            return
        with orders.pin_pipe(order).offering(pin):
            orders.write(order)
            self.house.bench.signer.handle_all([])

    def request(self, *, salt: int = 0x22) -> Request:
        """A transfer out of the cold wallet, approved."""
        coins = self.house.coins(1_000_000, key=self.key, salt=salt)
        intent = self.house.intent(source=Source(wallet=wallet_id(2), owner="HOUSE"))
        psbt = self.house.psbt(PAYEES, coins=coins, key=self.key)
        return self.house.transfer(intent, psbt=psbt, key=self.key)

    def session(
        self,
        *requests: Request,
        people: tuple[str, ...] = PRESENT,
        minutes: int = 15,
        backend: str = "cold",
        **changes: Any,
    ) -> ColdSession:
        """What the custodians present agree on; any field of the action may be changed."""
        hashes = tuple(sorted(request.hash for request in requests))
        plan = SessionPlan(backend=backend, minutes=minutes, requests=hashes)
        now = self.house.bench.hands.now
        values: dict[str, Any] = {
            "id": new_id("req", at=now),
            "instance": INSTANCE,
            "system": "signer",
            "action": "OPEN_TOKEN",
            "parameters": plan.parameters,
            "expires_at": now + timedelta(hours=8),
        }
        action = Critical(**values | changes)
        return ColdSession(
            action=action, approvals=self.house.officers.approvals(action, people), session=plan
        )

    def open(self, *requests: Request, pin: str | None = PIN, **changes: Any) -> ColdSession:
        """Give the order to open the token for these requests."""
        agreed = self.session(*requests, **changes)
        self.order("OPEN_TOKEN", agreed, pin=pin)
        return agreed

"""Commands for what officers agree on: ``plan`` writes the action they sign, ``hold`` gives the order.

Both steps take the same words of what is wanted, so that the approvals of the second are held against
what is typed there, and not against a file that came along.
"""

from abc import abstractmethod
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from custody.common import clock
from custody.common.errors import CustodyError
from custody.hsm.signer import program
from custody.hsm.signer.agreement import Plan, read_agreed
from custody.hsm.signer.deal_coins import DealCoin
from custody.hsm.signer.nonces import NonceResync
from custody.hsm.signer.orders import OrderType
from custody.hsm.signer.plan_files import write_plan
from custody.hsm.signer.store import selectors

AgreedPlan = DealCoin | NonceResync


class PlanCommand(BaseCommand):
    """Subclasses say which action it is, what can be wanted, and what is ordered."""

    ACTION: ClassVar[OrderType]
    REASON: ClassVar[str]
    requires_system_checks: list[str] = []

    @abstractmethod
    def add_wanted(self, step: ArgumentParser) -> None:
        """Add the arguments that say what is wanted."""

    @abstractmethod
    def wanted(self, **options: Any) -> Plan:  # noqa: ANN401 - whatever the arguments hold
        """Read and check them; raises CustodyError or OSError."""

    @abstractmethod
    def order(self, wanted: Any, **agreed: Any) -> AgreedPlan:  # noqa: ANN401 - the plan of the subclass
        """The order with its ``action`` and ``approvals``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        first = steps.add_parser("plan", help="write the action that the officers approve")
        hold = steps.add_parser("hold", help="order what was approved")
        for step in (first, hold):
            self.add_wanted(step)
        first.add_argument("--output", type=Path, required=True, help="file for the action")
        hold.add_argument("action", type=Path, help="the file that plan wrote")
        hold.add_argument("approvals", type=Path, nargs="+", help="one file per officer")

    def handle(self, *args: object, step: str, **options: Any) -> None:
        try:
            wanted = self.wanted(**options)
            message = self._plan(wanted, **options) if step == "plan" else self._hold(wanted, **options)
        except (CustodyError, OSError) as error:
            place = getattr(error, "field", None)
            raise CommandError(f"{error}{f' at {place}' if place else ''}", returncode=1) from None
        self.stdout.write(message)

    def _plan(self, wanted: Plan, *, output: Path, **_: object) -> str:
        return "\n".join(write_plan(self.ACTION, wanted, output=output, approver="officer"))

    def _hold(self, wanted: Plan, *, action: Path, approvals: list[Path], **_: object) -> str:
        agreed, said = read_agreed(action, approvals)
        order = self.order(wanted, action=agreed, approvals=said)
        order.check(trust=selectors.trust(), at=clock.now().replace(microsecond=0))
        program.build_orders().give(kind=self.ACTION, body=order, reason=self.REASON)
        return "approvals hold; it counts from the signer's next wake on"

"""``manage.py signer_ceremony``: plan a key ceremony, and hold it with the custodians' approvals.

``plan`` writes the critical action that every custodian present signs with ``approve``; ``hold``
checks their approvals and has the running signer make the key, within a minute at most.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from custody.common import clock
from custody.common.errors import CustodyError
from custody.hsm.signer import ordering, program
from custody.hsm.signer.agreement import read_agreed
from custody.hsm.signer.ceremony import ACTION, Ceremony, WantedKey
from custody.hsm.signer.plan_files import write_plan
from custody.hsm.signer.store import selectors


class Command(BaseCommand):
    help = "Plan or hold a key ceremony at the signer's console."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        first = steps.add_parser("plan", help="write the action that the custodians approve")
        hold = steps.add_parser("hold", help="make the key that was approved")
        for step in (first, hold):
            step.add_argument("--purpose", required=True)
            step.add_argument("--curve", default="secp256k1")
            step.add_argument("--label", required=True)
            step.add_argument("--backend", help="instead of the signer's own token")
            step.add_argument(
                "--class",
                dest="class_",
                choices=("WRAPPED", "DERIVED_IN_RAM"),
                help="a spend key that is kept as a blob; without it the key never leaves its token",
            )
            step.add_argument("--chain", help="CAIP-2 chain of a wallet of class DERIVED_IN_RAM")
        first.add_argument("--output", type=Path, required=True, help="file for the action")
        hold.add_argument("action", type=Path, help="the file that plan wrote")
        hold.add_argument("approvals", type=Path, nargs="+", help="one file per custodian")

    def handle(self, *args: object, step: str, **options: Any) -> None:
        try:
            wish = {
                name: options[name] for name in ("purpose", "curve", "label", "backend", "class_", "chain")
            }
            given = {name.rstrip("_"): value for name, value in wish.items() if value is not None}
            key = WantedKey.read(given)
            key.check_backend()
            message = _plan(key, options["output"]) if step == "plan" else _hold(key, options)
        except (CustodyError, OSError) as error:
            place = getattr(error, "field", None)
            raise CommandError(f"{error}{f' at {place}' if place else ''}", returncode=1) from None
        self.stdout.write(message)


def _plan(key: WantedKey, output: Path) -> str:
    return "\n".join(write_plan(ACTION, key, output=output, approver="custodian"))


def _hold(key: WantedKey, options: dict[str, Any]) -> str:
    action, approvals = read_agreed(options["action"], options["approvals"])
    ceremony = Ceremony(action=action, approvals=approvals, key=key)
    ceremony.check(trust=selectors.trust(), at=clock.now().replace(microsecond=0))
    orders = program.build_orders()
    pin = ordering.ask_pin(ordering.configured_backend(key.backend)) if key.backend else None
    if pin is not None:
        ordering.give_and_wait(orders, kind="MAKE_KEY", body=ceremony, reason="ceremony", pin=pin)
        return "the key is made, signer_status shows it PRE_ACTIVE"
    orders.give(kind="MAKE_KEY", body=ceremony, reason="ceremony")
    return "approvals hold; the signer makes the key at its next wake, signer_status shows it PRE_ACTIVE"

"""``manage.py signer_recover``: let a signer go on that a presented head has stopped.

``plan`` writes the critical action that officers sign with ``approve``; ``hold`` checks their approvals
and gives the order. Before that they look for the store that was lost: with it nothing has to be
recovered. What going on means stands in docs/security-model.md.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from custody.common import clock
from custody.common.errors import CustodyError
from custody.hsm.signer import program
from custody.hsm.signer.agreement import read_agreed
from custody.hsm.signer.heads import ACTION, LostPast, Recovery
from custody.hsm.signer.plan_files import write_plan
from custody.hsm.signer.store import selectors


class Command(BaseCommand):
    help = "Plan or order that the signer goes on with a store that was rewound."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        first = steps.add_parser("plan", help="write the action that the officers approve")
        first.add_argument("--output", type=Path, required=True, help="file for the action")
        hold = steps.add_parser("hold", help="go on as was approved")
        hold.add_argument("action", type=Path, help="the file that plan wrote")
        hold.add_argument("approvals", type=Path, nargs="+", help="one file per officer")

    def handle(self, *args: object, step: str, **options: Any) -> None:
        entry = selectors.standing_head()
        if entry is None:
            raise CommandError("nothing has stopped this signer: there is nothing to recover", returncode=1)
        try:
            message = _plan(entry, options["output"]) if step == "plan" else _hold(entry, options)
        except (CustodyError, OSError) as error:
            place = getattr(error, "field", None)
            raise CommandError(f"{error}{f' at {place}' if place else ''}", returncode=1) from None
        self.stdout.write(message)


def _plan(entry: str, output: Path) -> str:
    return "\n".join(write_plan(ACTION, LostPast(entry=entry), output=output, approver="officer"))


def _hold(entry: str, options: dict[str, Any]) -> str:
    action, approvals = read_agreed(options["action"], options["approvals"])
    recovery = Recovery(action=action, approvals=approvals, entry=entry)
    recovery.check(trust=selectors.trust(), at=clock.now().replace(microsecond=0))
    program.build_orders().give(kind="RECOVER", body=recovery, reason="recovery")
    return "approvals hold; the signer goes on at its next wake"

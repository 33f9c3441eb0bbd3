"""``manage.py signer_resync_nonce``: say which nonce an account uses next, when the journal is behind.

``plan`` writes the critical action that officers sign with ``approve``, after each has looked at a node
of their own; ``hold`` checks their approvals and has the running signer go on with that nonce.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from custody.common import clock
from custody.common.errors import CustodyError
from custody.hsm.signer import program
from custody.hsm.signer.agreement import planned_action, read_agreed
from custody.hsm.signer.nonces import ACTION, NonceResync, WantedNonce
from custody.hsm.signer.store import selectors


class Command(BaseCommand):
    help = "Plan or order the next nonce of an account whose journal is behind the chain."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        first = steps.add_parser("plan", help="write the action that the officers approve")
        hold = steps.add_parser("hold", help="go on with the nonce that was approved")
        for step in (first, hold):
            step.add_argument("--chain", required=True, help="CAIP-2, e.g. eip155:1")
            step.add_argument("--account", required=True, help="0x…, lower case")
            step.add_argument("--nonce", type=int, required=True, help="the next one")
        first.add_argument("--output", type=Path, required=True, help="file for the action")
        hold.add_argument("action", type=Path, help="the file that plan wrote")
        hold.add_argument("approvals", type=Path, nargs="+", help="one file per officer")

    def handle(self, *args: object, step: str, **options: Any) -> None:
        at = clock.now().replace(microsecond=0)
        try:
            wanted = WantedNonce.read({name: options[name] for name in ("chain", "account", "nonce")})
            wanted.check(trust=selectors.trust(), at=at)
            message = _plan(wanted, options["output"]) if step == "plan" else _hold(wanted, options)
        except (CustodyError, OSError) as error:
            place = getattr(error, "field", None)
            raise CommandError(f"{error}{f' at {place}' if place else ''}", returncode=1) from None
        self.stdout.write(message)


def _plan(wanted: WantedNonce, output: Path) -> str:
    action = planned_action(ACTION, wanted.parameters, at=clock.now())
    output.write_bytes(action.to_bytes())
    return f"parameters {wanted.parameters}: compare aloud; then each officer: approve sign {output.name}"


def _hold(wanted: WantedNonce, options: dict[str, Any]) -> str:
    action, approvals = read_agreed(options["action"], options["approvals"])
    order = NonceResync(action=action, approvals=approvals, wanted=wanted)
    order.check(trust=selectors.trust(), at=clock.now().replace(microsecond=0))
    program.build_orders().give(kind="RESYNC_NONCE", body=order, reason="journal behind the chain")
    return "approvals hold; the nonce counts from the signer's next wake on"

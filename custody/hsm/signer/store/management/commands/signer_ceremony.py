"""``manage.py signer_ceremony``: plan a key ceremony, and hold it with the custodians' approvals.

``plan`` writes the critical action that every custodian present signs with ``approve``; ``hold``
checks their approvals and has the running signer make the key, within a minute at most.
"""

from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from custody.common import canonical, clock
from custody.common.errors import CustodyError
from custody.common.ids import new_id
from custody.hsm.signer import program
from custody.hsm.signer.ceremony import ACTION, SYSTEM, Ceremony, WantedKey
from custody.hsm.signer.store import selectors
from custody.statements.approval import Approval
from custody.statements.critical import Critical

VALID_FOR = timedelta(hours=8)


class Command(BaseCommand):
    help = "Plan or hold a key ceremony at the signer's console."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        steps = parser.add_subparsers(dest="step", required=True)
        plan = steps.add_parser("plan", help="write the action that the custodians approve")
        hold = steps.add_parser("hold", help="make the key that was approved")
        for step in (plan, hold):
            step.add_argument("--purpose", required=True)
            step.add_argument("--curve", default="secp256k1")
            step.add_argument("--label", required=True)
        plan.add_argument("--output", type=Path, required=True, help="file for the action")
        hold.add_argument("action", type=Path, help="the file that plan wrote")
        hold.add_argument("approvals", type=Path, nargs="+", help="one file per custodian")

    def handle(self, *args: object, step: str, **options: Any) -> None:
        try:
            key = WantedKey.read({name: options[name] for name in ("purpose", "curve", "label")})
            message = _plan(key, options["output"]) if step == "plan" else _hold(key, options)
        except (CustodyError, OSError) as error:
            place = getattr(error, "field", None)
            raise CommandError(f"{error}{f' at {place}' if place else ''}", returncode=1) from None
        self.stdout.write(message)


def _plan(key: WantedKey, output: Path) -> str:
    now = clock.now().replace(microsecond=0)
    action = Critical(
        id=new_id("req", at=now),
        instance=selectors.trust().genesis.instance,
        system=SYSTEM,
        action=ACTION,
        parameters=key.parameters,
        expires_at=now + VALID_FOR,
    )
    output.write_bytes(action.to_bytes())
    return f"parameters {key.parameters}: compare aloud; then each custodian: approve sign {output.name}"


def _hold(key: WantedKey, options: dict[str, Any]) -> str:
    ceremony = Ceremony(
        action=Critical.from_bytes(options["action"].read_bytes()),
        approvals=tuple(Approval.read(canonical.decode(file.read_bytes())) for file in options["approvals"]),
        key=key,
    )
    ceremony.check(trust=selectors.trust(), at=clock.now().replace(microsecond=0))
    program.build_orders().give(kind="MAKE_KEY", body=ceremony, reason="ceremony")
    return "approvals hold; the signer makes the key at its next wake, signer_status shows it PRE_ACTIVE"

"""``manage.py signer_kill --reason TEXT [--key KEY]``: the kill switch at the signer's own console.

Works beside the running signer, which obeys before its next decision. Going on again needs a
RESTART document by two officers that names this kill.
"""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from custody.common.errors import CustodyError
from custody.hsm.signer import program
from custody.statements.trust.holds import Kill


class Command(BaseCommand):
    help = "Stop all spends, or those of one key, until two officers restart them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reason", required=True)
        parser.add_argument("--key", help="id of the one key to stop; all keys without")

    def handle(self, *args: object, reason: str, key: str | None, **options: object) -> None:
        try:
            body = Kill.read({"key": key} if key else {})
            program.build_orders().give(kind="KILL", body=body, reason=reason)
        except (CustodyError, OSError) as error:
            raise CommandError(str(error), returncode=1) from None
        self.stdout.write(f"killed: {key or 'all keys'}; signer_status names the kill once it is taken in")

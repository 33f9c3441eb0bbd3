"""``manage.py signer_present_head FILE``: hold a signed head against the signer's store.

FILE is a line of the published checkpoints, or a whole copy of them: the last line counts. Works beside
the running signer. A head that the store does not know stops the signer until a quorum lets it go on.
"""

import json
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from custody.common.errors import CustodyError
from custody.hsm.signer import program
from custody.statements.checkpoint import SignedCheckpoint


class Command(BaseCommand):
    help = "Stop the signer if its store does not know this head that it has signed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, file: Path, **options: object) -> None:
        try:
            line = file.read_bytes().rstrip(b"\n").rpartition(b"\n")[2]
            head = SignedCheckpoint.read(json.loads(line))
            head.verify()
            program.build_orders().give(kind="PRESENT_HEAD", body=head, reason="presented at the console")
        except (CustodyError, OSError, ValueError) as error:
            raise CommandError(f"{file}: {error}", returncode=1) from None
        self.stdout.write("presented; signer_status says at the next wake whether it has stopped the signer")

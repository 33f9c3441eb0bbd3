"""``manage.py signer_present_head FILE``: hold a signed head against the signer's store.

FILE is a line of the published checkpoints, or a whole copy of them: the last line counts. Works beside
the running signer. A head that the store does not know stops the signer until a quorum lets it go on.
"""

import json
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from custody.common.errors import CustodyError, InvalidInputError
from custody.hsm.signer import program
from custody.statements.checkpoint import SignedCheckpoint


class Command(BaseCommand):
    help = "Stop the signer if its store does not know this head that it has signed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, file: Path, **options: object) -> None:
        try:
            head = _read(file)
            head.verify()
            program.build_orders().give(kind="PRESENT_HEAD", body=head, reason="presented at the console")
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=1) from None
        except CustodyError as error:
            raise CommandError(f"{file}: {error}", returncode=1) from None
        self.stdout.write("presented; signer_status says at the next wake whether it has stopped the signer")


def _read(file: Path) -> SignedCheckpoint:
    """The last line; raises OSError, and InvalidInputError for what is no signed head."""
    line = file.read_bytes().rstrip(b"\n").rpartition(b"\n")[2]
    try:
        return SignedCheckpoint.read(json.loads(line))
    except (ValueError, InvalidInputError):
        raise InvalidInputError(
            "this is no signed head: a line of checkpoints.jsonl is one, as the signer publishes it",
            code="no_signed_head",
        ) from None

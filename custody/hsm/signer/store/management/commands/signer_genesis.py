"""``manage.py signer_genesis FILE``: genesis at the console of the signer's host."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from custody.common.errors import CustodyError
from custody.hsm.signer import program
from custody.hsm.signer.genesis import GenesisRun
from custody.statements.fingerprint import fingerprint
from custody.statements.genesis import Genesis


class Command(BaseCommand):
    help = "Accept a genesis file into the empty store and make the first keys on the token."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, file: Path, **options: object) -> None:
        try:
            document = Genesis.from_bytes(file.read_bytes())
            with program.own_store() as store:
                run = GenesisRun(store, program.build_token(), program.build_clock(), program.build_public())
                run.run(document, allow_demo=settings.IS_DEMO)
        except (CustodyError, OSError) as error:
            raise CommandError(str(error), returncode=1) from None
        self.stdout.write(f"genesis {document.hash}")
        self.stdout.write("compare on paper: " + fingerprint(bytes.fromhex(document.hash)))

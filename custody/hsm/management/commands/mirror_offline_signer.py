"""``manage.py mirror_offline_signer FILE --name NAME --words WORDS``: get to know a signer without network.

FILE is the ``signer.json`` carried from it, WORDS the eight words that ``signer_status`` shows there.
To be run again when a trust document or a ceremony has changed what it publishes.
"""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from custody.common import clock
from custody.hsm.carried import mirror_offline_signer
from custody.web.refusals import guards_command


class Command(BaseCommand):
    help = "Take over identity and keys that an offline signer published."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--name", required=True, help="what people call it")
        parser.add_argument("--words", required=True, help="the eight words shown at its console")

    @guards_command("hsm.offline_signer.mirror")
    def handle(self, *args: object, file: Path, name: str, words: str, **options: object) -> None:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}", returncode=2) from None
        signer = mirror_offline_signer(data=data, name=name, words=words, at=clock.now())
        self.stdout.write(f"mirrored: {signer.name}, {signer.pk}, {signer.keys.count()} keys")

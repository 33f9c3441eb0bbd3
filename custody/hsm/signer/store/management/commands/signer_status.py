"""``manage.py signer_status [--json]``: what the store holds; reads only, beside a running signer."""

import json
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand

from custody.common import clock
from custody.hsm.signer.publication import IDENTITY
from custody.hsm.signer.status import lines, status
from custody.statements.fingerprint import fingerprint


class Command(BaseCommand):
    help = "Show genesis, keys, open sessions and head of the signer's store, and what has stopped it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *args: object, as_json: bool, **options: object) -> None:
        found, words = status(at=clock.now()), _words()
        if as_json:
            self.stdout.write(json.dumps(found | {"published": words}))
        else:
            self.stdout.write("\n".join([*lines(found), f"published: {words or 'nothing yet'}"]))


def _words() -> str | None:
    """Fingerprint of the public file, for those who get it by hand and compare it by voice."""
    try:
        return fingerprint((settings.SIGNER_PUBLIC_DIR / IDENTITY).read_bytes())
    except OSError:
        return None

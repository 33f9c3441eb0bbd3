"""``manage.py export_xpub KEY [--json]``: what watches a derived wallet, from the signer's own catalogue.

Reads only, beside a running signer. Whoever has the xpub sees all addresses of the wallet and spends
from none.
"""

import json
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from custody.hsm.signer.store import selectors
from custody.hsm.watching import export_of


class Command(BaseCommand):
    help = "Print account key, origin and descriptor of a derived wallet."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", metavar="KEY", help="id of a key of class DERIVED_IN_RAM")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *args: object, key: str, as_json: bool, **options: object) -> None:
        known = selectors.key(key)
        if known is None:
            raise CommandError("no such key", returncode=2)
        if known.account is None:
            raise CommandError(f"{key} is no derived key: it has one address", returncode=1)
        said = export_of(key, known.account)
        lines = (
            f"{name}: {' '.join(value) if isinstance(value, list) else value}" for name, value in said.items()
        )
        self.stdout.write(json.dumps(said) if as_json else "\n".join(lines))

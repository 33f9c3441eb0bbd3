"""``seed_demo``: people and clients of the demonstration, the same for the same seed."""

import hashlib
import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from custody.common import clock
from custody.portal.demo_people import ensure_clients, ensure_staff


class Command(BaseCommand):
    """Refused outside the demonstration profile: the log-ins are printed."""

    help = "Create the demonstration's people and print their log-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--persons", default="{}", help="JSON: staff name → person id of the trust store")

        parser.add_argument(
            "--listed-name", default="Musterschein Handels GmbH", help="name of the listed client"
        )

    def handle(self, *, seed: int, persons: str, listed_name: str, **_: Any) -> None:
        if not settings.IS_DEMO:
            raise CommandError("seed_demo is refused outside the demonstration profile")
        secret = hashlib.sha256(f"custody demo {seed} {settings.SECRET_KEY}".encode()).digest()
        at = clock.now()
        staff = ensure_staff(secret, json.loads(persons), at=at)
        clients = ensure_clients(secret, listed_name=listed_name, at=at)
        self.stdout.write(json.dumps([*staff, *clients], ensure_ascii=False))

"""``manage.py signer_status [--json]``: what the store holds; reads only, beside a running signer."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from custody.common import clock
from custody.hsm.signer.identity import identity
from custody.hsm.signer.publication import IDENTITY
from custody.hsm.signer.store import journal, selectors
from custody.statements.fingerprint import fingerprint


class Command(BaseCommand):
    help = "Show genesis, keys, open sessions and head of the signer's store, and what has stopped it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *args: object, as_json: bool, **options: object) -> None:
        status = _status()
        text = (
            json.dumps(status) if as_json else "\n".join(f"{name}: {value}" for name, value in status.items())
        )
        self.stdout.write(text)


def _status() -> dict[str, Any]:
    about, last = identity(at=clock.now()), journal.last()
    return {
        "genesis": about.get("genesis"),
        "instance": about.get("instance"),
        "demo": about.get("demo"),
        "keys": [{name: key[name] for name in ("key", "purpose", "state")} for key in about.get("keys", [])],
        "sessions": about.get("sessions", []),
        "head": {"seq": last.seq, "hash": last.hash} if last else None,
        "stopped_by": selectors.standing_head(),
        "published": _words(),
    }


def _words() -> str | None:
    """Fingerprint of the public file, for those who get it by hand and compare it by voice."""
    try:
        return fingerprint((settings.SIGNER_PUBLIC_DIR / IDENTITY).read_bytes())
    except OSError:
        return None

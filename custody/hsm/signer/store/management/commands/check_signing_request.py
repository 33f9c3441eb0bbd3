"""``manage.py check_signing_request FILE [--json]``: the firewall's verdict without using a key.

Decides as the running signer would and writes nothing: the transaction is rolled back. Exit 0
when the request would be or was granted, 1 when refused, 2 when the file cannot be read.
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from custody.common import clock
from custody.hsm.signer.preview import preview


class Command(BaseCommand):
    help = "Say whether the signer would grant a request, and if not, which rule refuses it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *args: object, file: Path, as_json: bool, **options: object) -> None:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}", returncode=2) from None
        verdict = preview(data, at=clock.now())
        self.stdout.write(json.dumps(verdict) if as_json else _line(verdict))
        if "rule" in verdict:
            raise CommandError(f"refused: {_why(verdict)}", returncode=1)


def _line(verdict: dict[str, Any]) -> str:
    words = [verdict["outcome"], verdict.get("decision", ""), _why(verdict) if "rule" in verdict else ""]
    return " ".join(filter(None, words))


def _why(verdict: dict[str, Any]) -> str:
    """The rule, and what it was about."""
    place = verdict["culprit"] or verdict.get("reason") or "the whole request"
    return f"{verdict['rule']} at {place}"

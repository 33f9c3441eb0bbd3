"""``manage.py probe_key_backend NAME [--json]``: the suite a back-end passes before its keys are used.

Runs where keys are used: in the environment of the signer, whose PIN and role it needs. It opens
no store, so the signer may run meanwhile. Keys it makes it destroys again. Exit 0 when no check
failed, 1 when one did, 2 for bad use.
"""

import json
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from custody.common.errors import InvalidInputError
from custody.hsm.backends import registry
from custody.hsm.backends.conformance import report
from custody.hsm.backends.interface import SCHEME_OF, KeyBackend, Scheme
from custody.hsm.signer import program


class Command(BaseCommand):
    help = "Check that a key back-end does what the signer relies on."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="as configured; pkcs11 is the signer's own token")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
        parser.add_argument("--file", type=Path, help="read the back-ends from this file")
        parser.add_argument(
            "--key",
            type=_named_key,
            action="append",
            default=[],
            metavar="CURVE=HANDLE",
            dest="given",
            help="use this key instead of making one; it stays",
        )
        parser.add_argument(
            "--disabled", type=_named_key, metavar="CURVE=HANDLE", help="a key that was disabled beforehand"
        )

    def handle(
        self,
        *args: object,
        name: str,
        as_json: bool,
        file: Path | None,
        given: list[tuple[Scheme, str]],
        disabled: tuple[Scheme, str] | None,
        **options: object,
    ) -> None:
        found = report.probe(_open(name, file), given=dict(given), disabled=disabled)
        self.stdout.write(json.dumps(asdict(found)) if as_json else _lines(found))
        if not found.ok:
            failed = [check.name for check in found.checks if check.outcome == "failed"]
            raise CommandError(f"failed: {', '.join(failed)}", returncode=1)


def _open(name: str, file: Path | None) -> KeyBackend:
    if settings.PROCESS not in {"signer", "test"}:
        raise CommandError("only the signer's environment can use its keys", returncode=2)
    try:
        return registry.open_configured(name, file=file) if file else program.build_token().backend(name)
    except InvalidInputError as error:
        where = f" at {error.field}" if error.field else ""
        raise CommandError(f"{error.detail}{where}", returncode=2) from None


def _named_key(text: str) -> tuple[Scheme, str]:
    curve, _, handle = text.partition("=")
    if curve not in SCHEME_OF or not handle:
        raise ArgumentTypeError(f"not CURVE=HANDLE with a curve of {', '.join(SCHEME_OF)}")
    return SCHEME_OF[curve], handle


def _lines(found: report.Report) -> str:
    return "\n".join(f"{check.name:24} {check.outcome:12} {check.detail}" for check in found.checks)

"""``manage.py probe_key_backend NAME [--json]``: the suite a back-end passes before its keys are used.

Runs where keys are used: in the environment of the signer, whose PIN and role it needs, or where
a person types the PIN. The signer may run meanwhile; with ``--record`` it takes a passed probe into
its store at its next wake, and only then may keys of the back-end be taken into use. Keys that the
probe makes it destroys again. Exit 0 when no check failed, 1 when one did, 2 for bad use.
"""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from custody.common import clock
from custody.common.errors import CustodyError, InvalidInputError
from custody.hsm.backends import registry
from custody.hsm.backends.conformance import report
from custody.hsm.backends.interface import SCHEME_OF, KeyBackend, Scheme, TakesPin
from custody.hsm.signer import ordering, program
from custody.hsm.signer.modules import record_of


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
            "--record", action="store_true", help="have the signer keep a passed probe in its store"
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
        record: bool = False,
        **options: object,
    ) -> None:
        found = report.probe(_open(name, file), given=dict(given), disabled=disabled)
        self.stdout.write(json.dumps(asdict(found)) if as_json else _lines(found))
        if not found.ok:
            failed = [check.name for check in found.checks if check.outcome == "failed"]
            raise CommandError(f"failed: {', '.join(failed)}", returncode=1)
        if record:
            _record(found)


def _record(found: report.Report) -> None:
    try:
        program.build_orders().give(kind="PROBED", body=record_of(found, at=clock.now()), reason="probe")
    except (CustodyError, OSError) as error:
        raise CommandError(str(error), returncode=2) from None


def _open(name: str, file: Path | None) -> KeyBackend:
    if settings.PROCESS not in {"signer", "test"}:
        raise CommandError("only the signer's environment can use its keys", returncode=2)
    try:
        if file is None and name == registry.DEFAULT:
            return program.build_token().backend(name)
        backend = registry.open_configured(name, file=file)
        if (pin := ordering.ask_pin(backend)) and isinstance(backend, TakesPin):
            backend.take_pin(pin)
        return backend
    except InvalidInputError as error:
        where = f" at {error.field}" if error.field else ""
        raise CommandError(f"{error.detail}{where}", returncode=2) from None


def _named_key(text: str) -> tuple[Scheme, str]:
    curve, _, handle = text.partition("=")
    if curve not in SCHEME_OF or not handle:
        raise ArgumentTypeError(f"not CURVE=HANDLE with a curve of {', '.join(SCHEME_OF)}")
    return SCHEME_OF[curve], handle


def _lines(found: report.Report) -> str:
    checks = [f"{check.name:24} {check.outcome:12} {check.detail}" for check in found.checks]
    counted = Counter(check.outcome for check in found.checks)
    numbers = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counted.items()))
    return "\n".join([*checks, f"{found.backend}: {'PASSED' if found.ok else 'FAILED'} ({numbers})"])

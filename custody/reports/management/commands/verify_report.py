"""Verify a sealed report as an examiner does; needs no database.

Exit 0 when nothing is wrong, 1 when something is. Without a proof file the audit record is not
checked, and the output says so.
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from custody.common.errors import CustodyError, InvalidInputError
from custody.reports.identity import public_file, read_identity
from custody.reports.proofs import Proof
from custody.reports.verification import verify_file


class Command(BaseCommand):
    help = "Check seal, embedded twin, and with --proof the audit record, of a report."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the sealed PDF")
        parser.add_argument("--proof", type=Path, help="its proof file, F.proof.json")
        parser.add_argument(
            "--identity", type=Path, help="the signer's public file, or a copy (default: this installation's)"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(
        self,
        *args: object,
        file: Path,
        proof: Path | None,
        identity: Path | None,
        as_json: bool,
        **options: object,
    ) -> None:
        try:
            finding = verify_file(
                _read(file),
                identity=read_identity(identity or public_file()),
                proof=Proof.from_bytes(_read(proof)) if proof else None,
            )
        except CustodyError as error:
            raise CommandError(f"{error.code}: {error.detail}", returncode=1) from error
        result = finding.to_json()
        self.stdout.write(json.dumps(result) if as_json else _lines(result))
        if not finding.ok:
            wrong = ", ".join(f"{part}: {result[part]}" for part in ("seal", "twin", "audit"))
            raise CommandError(f"report is not what was recorded ({wrong})", returncode=1)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{path.name}: {error.strerror}", code="unreadable_file") from None


def _lines(result: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in result.items())

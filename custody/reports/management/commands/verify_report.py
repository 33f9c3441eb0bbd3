"""Verify a sealed report against this installation's signer, or against a copy of its identity.

The same check as ``scripts/verify_report``, which needs no installation. Exit 0 when nothing is
wrong, 1 when something is, 2 when a file cannot be used.
"""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from custody.reports.examiner import Beside, UnusableFileError, examine


class Command(BaseCommand):
    help = "Check seal, embedded data and, with --proof, the audit record of a report."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the sealed PDF")
        parser.add_argument("--proof", type=Path, help="its proof file, F.proof.json")
        parser.add_argument("--release", type=Path, help="the release that somebody is asked to approve")
        parser.add_argument(
            "--identity",
            type=Path,
            default=settings.SIGNER_PUBLIC_DIR / "signer.json",
            help="the signer's public file, or a copy (default: this installation's)",
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(
        self,
        *args: object,
        file: Path,
        proof: Path | None,
        release: Path | None,
        identity: Path,
        as_json: bool,
        **options: object,
    ) -> None:
        try:
            beside = Beside(proof=proof, release=release)
            text, is_fine = examine(file, identity=identity, beside=beside, as_json=as_json)
        except UnusableFileError as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(text)
        if not is_fine:
            raise CommandError("report is not what was sealed and recorded", returncode=1)

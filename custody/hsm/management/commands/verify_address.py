"""Verify an address against the attestation that came with it and the fingerprint in the contract.

The same check as ``scripts/verify_address``, which needs no installation. Exit 0 when the signer has
issued the address, 1 when the attestation does not say so, 2 when something cannot be used.
"""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from custody.hsm.address_examiner import UnusableError, Wanted, add_options, examine, report


class Command(BaseCommand):
    help = "Check that the signer has issued an address."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(
        self,
        *args: object,
        chain: str,
        address: str,
        attestation: Path,
        fingerprint: str,
        owner: str | None,
        as_json: bool,
        **options: object,
    ) -> None:
        wanted = Wanted(chain, address, fingerprint, owner)
        try:
            finding = examine(attestation, wanted)
        except UnusableError as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(report(finding, wanted, as_json=as_json))
        if finding.wrong:
            raise CommandError(finding.wrong, returncode=1)

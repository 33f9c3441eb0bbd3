"""``manage.py signer_wrapping_key``: makes the trusted wrapping key on the signer's token, at the console.

Needs the security officer's PIN, typed or in a file; the key can wrap and unwrap and nothing else, and
never leaves. Its id belongs into the installation's file of back-ends, entry ``pkcs11``.
"""

import secrets
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from custody.common.errors import CustodyError
from custody.hsm.backends.settings import read_secret
from custody.hsm.token import wrapped

ID_BYTES = 16


class Command(BaseCommand):
    help = "Make the wrapping key for one-time, wrapped and derived keys."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--so-pin-file", type=Path, help="file with the security officer's PIN")

    def handle(self, *args: object, so_pin_file: Path | None, **options: object) -> None:
        identifier = secrets.token_bytes(ID_BYTES)
        try:
            pin = read_secret(str(so_pin_file)) if so_pin_file else getpass("security officer's PIN: ")
            wrapped.make_wrapping_key(
                module=settings.PKCS11_MODULE,
                label=settings.SIGNER_TOKEN_LABEL,
                so_pin=pin,
                identifier=identifier,
            )
        except CustodyError as error:
            raise CommandError(error.detail, returncode=1) from None
        self.stdout.write(f"wrapping_key: {identifier.hex()}")

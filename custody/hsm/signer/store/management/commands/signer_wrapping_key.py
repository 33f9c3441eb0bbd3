"""``manage.py signer_wrapping_key``: the trusted wrapping key of the signer's token, at the console.

Made on the token, it never leaves and ends with it. With ``--holders`` it is made in memory instead and
split into shares on paper, any ``--threshold`` of which ``--restore`` puts onto another token: each
holder alone reads 33 words, writes them down and types them back before the key is used for anything.
Either way it can wrap and unwrap and nothing else. Needs the security officer's PIN, typed or in a file.
Its id belongs into the installation's file of back-ends, entry ``pkcs11``.
"""

import secrets
import sys
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from custody.common.errors import CustodyError, InvalidInputError, RefusedError
from custody.hsm.backends.settings import read_secret
from custody.hsm.signer import shares
from custody.hsm.token import wrapped

ID_BYTES = 16
WORDS_PER_LINE = 4
# Screen and scroll-back of the terminal.
CLEAR = "\x1b[2J\x1b[3J\x1b[H"


class Command(BaseCommand):
    help = "Make the wrapping key for one-time, wrapped and derived keys, or bring it back from its shares."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--so-pin-file", type=Path, help="file with the security officer's PIN")
        parser.add_argument("--holders", type=int, help="people who get a share on paper")
        parser.add_argument("--threshold", type=int, default=2, help="how many of them bring the key back")
        parser.add_argument("--restore", metavar="ID", help="id of the key whose shares are typed now")

    def handle(self, *args: object, so_pin_file: Path | None, **options: object) -> None:
        try:
            identifier = bytes.fromhex(str(options["restore"] or secrets.token_hex(ID_BYTES)))
            secret = self._secret(options)
            pin = read_secret(str(so_pin_file)) if so_pin_file else getpass("security officer's PIN: ")
            self._put_on_token(identifier, secret, pin)
        except CustodyError as error:
            raise CommandError(error.detail, returncode=1) from None
        except EOFError:
            raise CommandError("the input ended: no key was made", returncode=1) from None
        except ValueError:
            raise CommandError("--restore: not the id of a key, in hex", returncode=1) from None
        self.stdout.write(f"wrapping_key: {identifier.hex()}")

    def _secret(self, options: dict[str, object]) -> bytearray | None:
        """The key in memory, where people hold shares of it."""
        if options["restore"]:
            return bytearray(self._gathered())
        if options["holders"] is None:
            return None
        secret = bytearray(secrets.token_bytes(shares.KEY_BYTES))
        holders = int(str(options["holders"]))
        split = shares.split(bytes(secret), threshold=int(str(options["threshold"])), holders=holders)
        for number, share in enumerate(split, start=1):
            self._hand_over(share, f"Holder {number} of {holders}")
        return secret

    def _put_on_token(self, identifier: bytes, secret: bytearray | None, pin: str) -> None:
        where = {"module": settings.PKCS11_MODULE, "label": settings.SIGNER_TOKEN_LABEL}
        if secret is None:
            wrapped.make_wrapping_key(**where, so_pin=pin, identifier=identifier)
            return
        try:
            wrapped.import_wrapping_key(**where, so_pin=pin, identifier=identifier, secret=bytes(secret))
        finally:
            secret[:] = bytes(len(secret))

    def _hand_over(self, share: str, holder: str) -> None:
        """Show a share to its holder until it was typed back; only then does the next one come."""
        _check_terminal()
        while True:
            self.stdout.write(f"{CLEAR}{holder}, alone at this screen. Write down:\n\n{_numbered(share)}\n")
            input("Written? Enter clears the screen. ")
            self.stdout.write(CLEAR)
            if shares.written(input("Type the words back: ")) == share:
                self.stdout.write(CLEAR)
                return
            input("These are other words. Enter shows yours once more. ")

    def _gathered(self) -> bytes:
        """Shares of as many holders as it takes; an empty line ends them."""
        _check_terminal()
        typed: list[str] = []
        while words := input(f"Words of share {len(typed) + 1}, empty line when done: ").strip():
            self.stdout.write(CLEAR)
            typed.append(words)
        if not typed:
            raise InvalidInputError("no share was typed", code="bad_share")
        return shares.combine(typed)


def _check_terminal() -> None:
    """Words are shown to a person and never into a file or pipe (trust.md 22)."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise RefusedError("shares are shown and typed at a terminal alone", code="no_terminal")


def _numbered(share: str) -> str:
    words = [f"{number:2}. {word:<12}" for number, word in enumerate(share.split(), start=1)]
    lines = (words[start : start + WORDS_PER_LINE] for start in range(0, len(words), WORDS_PER_LINE))
    return "\n".join("".join(line) for line in lines)

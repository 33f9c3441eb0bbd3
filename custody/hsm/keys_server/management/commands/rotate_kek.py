"""``manage.py rotate_kek``: has the running keys process make the next key-encryption key now.

On the host of the keys process, by its user. Data keys are wrapped anew by the web side within the
hour; the key before stays on the token for backups of the database.
"""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from custody.hsm.keys_server.kek import ROTATE


class Command(BaseCommand):
    help = "Order the next key-encryption key before the cryptoperiod of the current one is over."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        try:
            (settings.KEYS_DIR / ROTATE).touch(mode=0o600)
        except OSError as error:
            raise CommandError(f"not the host of the keys process: {error.strerror}", returncode=1) from None
        self.stdout.write("ordered; the keys process makes the next key when the web side asks next")

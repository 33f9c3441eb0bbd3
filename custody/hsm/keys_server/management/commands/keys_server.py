"""``manage.py keys_server``: runs the keys process until it is told to stop.

Environment: CUSTODY_KEYS_PIN(_FILE), CUSTODY_KEYS_ALLOWED_UIDS (comma separated; default: our own
user), CUSTODY_KEYS_SOCKET_MODE (octal, default 660). Needs no database.
"""

import os
import signal
import sys
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand

from custody import env
from custody.hsm.keys_server.kek import KeyEncryptionKeys
from custody.hsm.keys_server.server import KeysServer
from custody.hsm.token.session import TokenSession


class Command(BaseCommand):
    help = "Serve the key-encryption key of the vault on a unix socket."
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        token = TokenSession(
            module=settings.PKCS11_MODULE,
            label=settings.KEYS_TOKEN_LABEL,
            pin=lambda: env.secret("CUSTODY_KEYS_PIN"),
        )
        keys = KeyEncryptionKeys(token, settings.KEYS_DIR, period=timedelta(days=settings.KEYS_KEK_DAYS))
        keys.ensure_current()
        allowed = frozenset(int(uid) for uid in env.items("CUSTODY_KEYS_ALLOWED_UIDS")) or {os.getuid()}
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        mode = int(env.text("CUSTODY_KEYS_SOCKET_MODE", "660"), 8)
        KeysServer(keys, allowed_uids=frozenset(allowed)).serve(settings.KEYS_SOCKET, mode=mode)

"""``manage.py witness``: runs the witness until it is told to stop; ``--show`` prints its key.

Environment: CUSTODY_WITNESS_DIR (its key), CUSTODY_WITNESS_SOCKET, CUSTODY_WITNESS_ALLOWED_UIDS (comma
separated; default: our own user), CUSTODY_WITNESS_SOCKET_MODE (octal, default 660), and the
CUSTODY_BITCOIN_* settings of a node of its own. Needs no database.
"""

import json
import os
import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from custody import env
from custody.chains.bitcoin.configured import bitcoin_node
from custody.common.errors import UnavailableError
from custody.hsm.witness.key import WitnessKey
from custody.hsm.witness.server import WitnessServer


class Command(BaseCommand):
    help = "Sign facts about the chain, asked on a unix socket."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--show", action="store_true", help="print what the activation document says")

    def handle(self, *args: object, **options: Any) -> None:
        key = WitnessKey.load_or_make(settings.WITNESS_DIR)
        if options["show"]:
            self.stdout.write(json.dumps(_description(key)))
            return
        allowed = frozenset(int(uid) for uid in env.items("CUSTODY_WITNESS_ALLOWED_UIDS")) or {os.getuid()}
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        server = WitnessServer(
            key,
            node=bitcoin_node,
            chain=settings.BITCOIN_CHAIN,
            instance=_instance,
            allowed_uids=frozenset(allowed),
        )
        mode = int(env.text("CUSTODY_WITNESS_SOCKET_MODE", "660"), 8)
        server.serve(settings.WITNESS_SOCKET, mode=mode)


def _description(key: WitnessKey) -> dict[str, str]:
    """The fields of KEY_ACTIVATE that officers copy."""
    return {
        "key": key.id,
        "public_key": key.public_key,
        "curve": "ed25519",
        "class": "OUTSIDE",
        "purpose": "witness",
    }


def _instance() -> str:
    """The instance as the signer publishes it; raises UnavailableError before genesis."""
    try:
        published = json.loads((settings.SIGNER_PUBLIC_DIR / "signer.json").read_bytes())
        return str(published["instance"])
    except (OSError, ValueError, KeyError):
        raise UnavailableError("the signer has published no identity", code="signer_unknown") from None

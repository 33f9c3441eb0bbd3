"""``manage.py export_csr --output F.csr``: the certificate request of the seal key, for a provider.

Asks the signer and waits for its answer; worker and signer must be running. What the provider issues
is taken in at the signer's console with ``import_certificate``.
"""

import json
import time
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from custody.common import clock
from custody.common.errors import UnavailableError
from custody.hsm.csr import csr_of, request_csr
from custody.web.refusals import guards_command

ACTOR = "system:command"
PAUSE_SECONDS = 0.5


class Command(BaseCommand):
    help = "Write the certificate request (PKCS #10, PEM) of the key that seals reports."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, required=True, help="the file to write")
        parser.add_argument("--timeout", type=int, default=60, help="seconds to wait for the signer")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    @guards_command("hsm.csr.export")
    def handle(self, *args: object, output: Path, timeout: int, as_json: bool, **options: object) -> None:
        row = request_csr(actor=ACTOR, at=clock.now())
        deadline = time.monotonic() + timeout
        while (pem := csr_of(row)) is None:
            if time.monotonic() > deadline:
                raise UnavailableError(f"no answer from the signer within {timeout} s", code="timeout")
            time.sleep(PAUSE_SECONDS)
        output.write_text(pem, encoding="ascii")
        result = {"file": str(output), "key": row.key, "request": row.pk}
        self.stdout.write(json.dumps(result) if as_json else f"{output} for {row.key}")

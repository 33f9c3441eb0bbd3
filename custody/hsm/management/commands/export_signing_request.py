"""``manage.py export_signing_request ID``: the exact bytes of a request, for check_signing_request."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from custody.common.errors import NotFoundError
from custody.hsm.models import SigningRequest
from custody.web.refusals import guards_command


class Command(BaseCommand):
    help = "Write the canonical bytes of a signing request to a file or to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("request_id", metavar="ID")
        parser.add_argument("--output", type=Path, help="file to write; default is standard output")

    @guards_command("hsm.request.export")
    def handle(self, *args: object, request_id: str, output: Path | None, **options: object) -> None:
        row = SigningRequest.objects.filter(pk=request_id).first()
        if row is None:
            raise NotFoundError("no such signing request", field="ID")
        if output is not None:
            output.write_bytes(bytes(row.body))
        else:
            sys.stdout.buffer.write(bytes(row.body))

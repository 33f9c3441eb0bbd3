"""Verify the audit record; exit 0 when whole, 1 when not (or the checkpoint file is bad)."""

import dataclasses
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from custody.audit.checkpoints import CheckpointFileError, read_checkpoints
from custody.audit.verification import verify_record
from custody.statements.fingerprint import fingerprint


class Command(BaseCommand):
    help = "Recompute all entry hashes and links and compare them with the signed checkpoints."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoints",
            type=Path,
            default=settings.CHECKPOINT_FILE,
            help="the signer's checkpoint file, or an outside copy of it",
        )
        parser.add_argument("--checkpoint-key", help="compressed P-256 key in hex that must have signed it")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(
        self,
        *args: object,
        checkpoints: Path,
        checkpoint_key: str | None,
        as_json: bool,
        **options: object,
    ) -> None:
        try:
            signed = read_checkpoints(checkpoints, public_key=checkpoint_key)
        except CheckpointFileError as error:
            raise CommandError(f"{error.code}: {error.detail}", returncode=1) from error
        result = dataclasses.asdict(verify_record(signed))
        if signed:
            key = signed[0].public_key
            result["checkpoint_key"] = {"hex": key, "words": fingerprint(bytes.fromhex(key))}
        self.stdout.write(json.dumps(result) if as_json else _lines(result))
        if not result["ok"]:
            bad = result["first_bad"]
            message = f"stream {bad['stream']}, position {bad['position']}: {bad['reason']}"
            raise CommandError(f"audit record is not whole: {message}", returncode=1)


def _lines(result: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in result.items())

"""Verify the audit record; exit 0 when whole, 1 when not (or the checkpoint file is bad)."""

import dataclasses
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from custody.audit.checkpoints import (
    CheckpointFileError,
    newest,
    read_checkpoints,
    read_copy,
)
from custody.audit.verification import verify_record
from custody.common.clock import write_time
from custody.statements.checkpoint import SignedCheckpoint
from custody.statements.fingerprint import fingerprint


class Command(BaseCommand):
    help = "Recompute all entry hashes and links and compare them with the signed checkpoints."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoints",
            type=Path,
            help="an outside copy of the checkpoint file; without it the signer's own, which may be growing",
        )
        parser.add_argument("--checkpoint-key", help="compressed P-256 key in hex that must have signed it")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(
        self,
        *args: object,
        checkpoints: Path | None,
        checkpoint_key: str | None,
        as_json: bool,
        **options: object,
    ) -> None:
        try:
            signed = _signed(checkpoints, checkpoint_key)
        except CheckpointFileError as error:
            raise CommandError(f"{error.code}: {error.detail}", returncode=1) from error
        result = dataclasses.asdict(verify_record(signed))
        if signed:
            key = signed[0].public_key
            result["checkpoint_key"] = {"hex": key, "words": fingerprint(bytes.fromhex(key))}
        self.stdout.write(json.dumps(result) if as_json else "\n".join(_sentences(result, signed)))
        if not result["ok"]:
            bad = result["first_bad"]
            message = f"stream {bad['stream']}, position {bad['position']}: {bad['reason']}"
            raise CommandError(f"audit record is not whole: {message}", returncode=1)


def _signed(copy: Path | None, key: str | None) -> list[SignedCheckpoint]:
    if copy is not None:
        return read_copy(copy, public_key=key)
    return read_checkpoints(settings.CHECKPOINT_FILE, public_key=key)


def _sentences(result: dict[str, Any], signed: list[SignedCheckpoint]) -> Iterator[str]:
    """What a person has to know of the verdict; what is wrong is said by the error."""
    if result["ok"]:
        for stream, head in result["heads"].items():
            yield _extent(stream, head, newest(signed, stream))
        yield f"Of all {result['entries']} entries {result['unsealed']} wait for the next checkpoint."
    if signed:
        words = result["checkpoint_key"]["words"]
        yield f"Compare these eight words with those you were given for the checkpoint key: {words}"


def _extent(stream: str, head: dict[str, Any], last: SignedCheckpoint | None) -> str:
    if last is None:
        return f"Stream {stream}: whole in itself up to position {head['position']}, under no checkpoint."
    proved = last.checkpoint
    at = write_time(proved.at)
    return f"Stream {stream}: whole up to position {proved.position} under the checkpoint of {at}."

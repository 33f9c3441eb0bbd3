"""``import_sanctions``: take a published list file into use."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from custody.common import clock
from custody.compliance.lists import SOURCES
from custody.compliance.services import ImportOutcome, import_list
from custody.web.refusals import guards_command


class Command(BaseCommand):
    help = "Import a sanctions list from a file (.xml or .xml.bz2) and make it the active version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", choices=sorted(SOURCES), required=True)
        parser.add_argument("--file", type=Path, required=True)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    @guards_command("compliance.list.import")
    def handle(self, *_: object, source: str, file: Path, json: bool, **__: object) -> None:
        started = time.monotonic()
        outcome = import_list(actor=f"system:{settings.PROCESS}", source=source, path=file, at=clock.now())
        summary = {**_summary(outcome), "seconds": round(time.monotonic() - started, 2)}
        self.stdout.write(_as_json(summary) if json else _as_text(summary))


def _summary(outcome: ImportOutcome) -> dict[str, Any]:
    imported = outcome.list
    return {
        "source": imported.source,
        "version": imported.version,
        "list_date": imported.list_date.isoformat(),
        "sha256": imported.sha256,
        "is_new": outcome.is_new,
        "parties": imported.parties,
        "names": imported.names,
        "weak_names": imported.weak_names,
        "addresses": imported.addresses,
        "added": outcome.added,
        "removed": outcome.removed,
        "changed": outcome.changed,
    }


def _as_json(summary: dict[str, Any]) -> str:
    return json.dumps(summary)


def _as_text(summary: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in summary.items())

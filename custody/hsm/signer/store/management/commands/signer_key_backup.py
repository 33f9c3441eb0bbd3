"""``manage.py signer_key_backup check|restore``: compares the two places of blobs, and mends the second.

The store's blobs are those its chain names by their hash, so the store is right where the two differ;
a store that is not right does not open. ``restore`` writes what is missing or differs, and removes what
belongs to destroyed keys; the signer may run meanwhile.
"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from custody.common.errors import CustodyError
from custody.hsm.signer.store import backup, blobs, kept_keys, selectors
from custody.hsm.signer.store.selectors import CatalogueKey


class Command(BaseCommand):
    help = "Compare the backup of keys with the signer's store, or mend it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", choices=("check", "restore"))
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *args: object, step: str, as_json: bool, **options: object) -> None:
        try:
            blobs.verify()
            found = _compared()
            if step == "restore":
                _mend(found)
                found = _compared()
        except CustodyError as error:
            raise CommandError(f"{error.detail} ({error.code})", returncode=1) from None
        wrong = {key: verdict for key, verdict in found.items() if verdict != "same"}
        said: dict[str, Any] = {"ok": not wrong, "keys": len(found), "wrong": wrong}
        self.stdout.write(json.dumps(said) if as_json else f"{len(found)} keys, wrong: {wrong or 'none'}")
        if wrong:
            raise CommandError("the backup is not what the store holds", returncode=1)


def _compared() -> dict[str, str]:
    """Key → same, missing, differs or left over."""
    return {key.id: _verdict(key) for key in selectors.all_keys() if key.is_kept_outside}


def _verdict(key: CatalogueKey) -> str:
    first, second = kept_keys.blob_of(key.id), backup.own().read(key.id)
    if first == second:
        return "same"
    if first is None:
        return "left over"
    return "missing" if second is None else "differs"


def _mend(found: dict[str, str]) -> None:
    for key_id, verdict in found.items():
        key, blob = selectors.key(key_id), kept_keys.blob_of(key_id)
        if verdict == "left over":
            backup.own().remove(key_id)
        elif verdict != "same" and key is not None and blob is not None:
            backup.own().write(key_id, public_key=key.public_key, blob=blob)

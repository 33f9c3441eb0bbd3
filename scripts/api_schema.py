"""Writes docs/api/openapi.yaml, or with ``--check`` fails when it is not what the code says."""

import os
import sys
import tempfile
from pathlib import Path

import django
from django.core.management import call_command

from scripts.embedded.layout import PROJECT

FILE = PROJECT / "docs" / "api" / "openapi.yaml"


def main(arguments: list[str]) -> int:
    """Return 1 when the checked-in document differs; a warning of the generator is an error."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custody.settings")
    django.setup()
    if "--check" not in arguments:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        _write(FILE)
        return 0
    with tempfile.TemporaryDirectory() as directory:
        current = Path(directory) / "openapi.yaml"
        _write(current)
        if FILE.exists() and FILE.read_bytes() == current.read_bytes():
            return 0
    print("docs/api/openapi.yaml is not current; run: python -m scripts.api_schema", file=sys.stderr)
    return 1


def _write(path: Path) -> None:
    call_command("spectacular", file=str(path), lang="en", validate=True, fail_on_warn=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

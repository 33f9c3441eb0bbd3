"""Fails when a string that people may see has no German translation, or one that is only a guess."""

import os
import subprocess
import sys

import django
from django.core.management import call_command

from scripts.embedded.layout import PROJECT

CATALOGUE = PROJECT / "custody" / "locale" / "de" / "LC_MESSAGES" / "django.po"


def main() -> int:
    """Collect all strings anew, compare, and leave the catalogue as it was."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "custody.settings")
    django.setup()
    before = CATALOGUE.read_bytes()
    try:
        call_command("makemessages", verbosity=0)
        missing = _messages("--untranslated") + _messages("--only-fuzzy")
    finally:
        CATALOGUE.write_bytes(before)
    for message in missing:
        print(f"no German translation: {message}", file=sys.stderr)
    return 1 if missing else 0


def _messages(selection: str) -> list[str]:
    """The ``msgid`` lines of the selected entries."""
    command = ["msgattrib", selection, "--no-wrap", "--no-obsolete", str(CATALOGUE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line.startswith("msgid ") and line != 'msgid ""']


if __name__ == "__main__":
    sys.exit(main())

"""``makemessages`` for this project: also collects the details of errors, into one catalogue.

Errors are raised with English constants deep below any page (``RefusedError("the deal is under
review", …)``); pages translate them when they show them (custody.web.sentences). So the
constructors of our errors count as translation functions here. Details with values in them
(f-strings) have no translation; their code stands in.
"""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.commands import makemessages

_ERROR_CLASS = re.compile(r"^class (\w+Error)\(", re.MULTILINE)
_REFERENCE = re.compile(r"^#: (.+)$", re.MULTILINE)
_FORMATTED = re.compile(r'^msgid "(.*\{.*)"$', re.MULTILINE)
# Consoles and processes without pages speak English; their errors reach no catalogue.
_IGNORED = ["tests", "scripts", "docs", "deploy", ".local", ".venv", "signer", "token", "keys_server"]


class Command(makemessages.Command):
    """Django's command with our errors as further keywords; always writes the German catalogue."""

    def handle(self, *args: Any, **options: Any) -> None:
        names = sorted({"_t", *error_classes(settings.BASE_DIR / "custody")})
        self.xgettext_options = [
            *makemessages.Command.xgettext_options,
            *(f"--keyword={name}:1" for name in names),
        ]
        fixed = {"locale": ["de"], "no_obsolete": True, "no_wrap": True, "add_location": "file"}
        ignored = [*options.get("ignore_patterns", []), *_IGNORED]
        super().handle(*args, **(options | fixed | {"ignore_patterns": ignored}))
        catalogue = settings.LOCALE_PATHS[0] / "de" / "LC_MESSAGES" / "django.po"
        catalogue.write_text(without_formatted(catalogue.read_text(encoding="utf-8"), settings.BASE_DIR))


def error_classes(directory: Path) -> set[str]:
    """Names of all error classes defined below ``directory``."""
    return {
        name
        for path in directory.rglob("*.py")
        for name in _ERROR_CLASS.findall(path.read_text(encoding="utf-8"))
    }


def without_formatted(text: str, base: Path) -> str:
    """The catalogue without f-strings and blanks, which xgettext takes for constants."""
    entries = [
        entry for entry in text.split("\n\n") if 'msgid " "' not in entry and not _is_formatted(entry, base)
    ]
    return "\n\n".join(entries).rstrip("\n") + "\n"


def _is_formatted(entry: str, base: Path) -> bool:
    message = _FORMATTED.search(entry)
    if message is None:
        return False
    paths = [base / name for line in _REFERENCE.findall(entry) for name in line.split()]
    return any(f'f"{message.group(1)[:20]}' in path.read_text(encoding="utf-8") for path in paths)

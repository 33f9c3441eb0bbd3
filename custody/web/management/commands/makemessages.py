"""``makemessages`` for this project: also collects the details of errors, into one catalogue.

Errors are raised with English constants deep below any page (``RefusedError("the deal is under
review", …)``); pages translate them when they show them (custody.web.sentences). So the
constructors of our errors count as translation functions here.
"""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.commands import makemessages

_ERROR_CLASS = re.compile(r"^class (\w+Error)\(", re.MULTILINE)
_IGNORED = ["tests", "scripts", "docs", "deploy", ".local", ".venv"]


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


def error_classes(directory: Path) -> set[str]:
    """Names of all error classes defined below ``directory``."""
    return {
        name
        for path in directory.rglob("*.py")
        for name in _ERROR_CLASS.findall(path.read_text(encoding="utf-8"))
    }

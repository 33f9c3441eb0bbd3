"""Shows the owner what a signature would mean and asks, when somebody sits at the terminal."""

import sys
from argparse import Namespace
from collections.abc import Mapping

from custody.common.errors import RefusedError


def confirm(lines: Mapping[str, str], arguments: Namespace) -> None:
    """Ask unless ``--yes`` is given or no terminal is there; raises RefusedError without a yes."""
    if arguments.yes or not sys.stdin.isatty():
        return
    show(lines)
    if input("Sign? [y/N] ").strip().lower() not in {"y", "yes", "j", "ja"}:
        raise RefusedError("you did not agree", code="not_confirmed", field="")


def show(lines: Mapping[str, str]) -> None:
    """Print one ``name: value`` per line."""
    for name, value in lines.items():
        print(f"{name}: {value}")

"""Shows the owner what a signature would mean and asks at the terminal."""

import sys
from argparse import Namespace
from collections.abc import Mapping

from custody.common.errors import RefusedError


def confirm(lines: Mapping[str, str], arguments: Namespace) -> None:
    """Ask unless ``--yes`` is given; raises RefusedError without a yes, so also without a terminal."""
    if arguments.yes:
        return
    if not sys.stdin.isatty():
        raise RefusedError("nobody to ask at this terminal", code="not_confirmed", field="--yes")
    show(lines)
    if input("Sign? [y/N] ").strip().lower() not in {"y", "yes", "j", "ja"}:
        raise RefusedError("you did not agree", code="not_confirmed")


def show(lines: Mapping[str, str]) -> None:
    """Print one ``name: value`` per line."""
    for name, value in lines.items():
        print(f"{name}: {value}")

"""Typed readers of the environment, the only source of settings.

A secret may be given as ``NAME`` or as a file named by ``NAME_FILE``; a missing or
malformed value stops the start with the variable's name, never with a default that is unsafe.
"""

import os
from pathlib import Path


class EnvironmentValueError(RuntimeError):
    """A variable is missing or malformed; the message names it and never shows a secret."""


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise EnvironmentValueError(f"{name} is not set")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off"}:
        return False
    raise EnvironmentValueError(f"{name} is neither true nor false")


def integer(name: str, default: int) -> int:
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    try:
        return int(value)
    except ValueError:
        raise EnvironmentValueError(f"{name} is not a whole number") from None


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    value = os.environ.get(name, default)
    if value not in allowed:
        raise EnvironmentValueError(f"{name} must be one of {', '.join(allowed)}")
    return value


def path(name: str, default: Path | None = None) -> Path:
    value = os.environ.get(name)
    if value:
        return Path(value)
    if default is None:
        raise EnvironmentValueError(f"{name} is not set")
    return default


def items(name: str) -> list[str]:
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def secret(name: str, default: str | None = None) -> str:
    """Read a secret from ``NAME`` or from the file ``NAME_FILE``; a bad path is an error."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise EnvironmentValueError(f"{name}_FILE cannot be read: {error.strerror}") from None
    return text(name, default)

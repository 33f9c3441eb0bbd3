"""Prefixed ULIDs: sortable, unguessable enough for names, never a secret."""

import re
from datetime import datetime

from ulid import ULID

from custody.common.errors import InvalidInputError

_ULID = r"[0-7][0-9A-HJKMNP-TV-Z]{25}"
PREFIXES = frozenset(
    {
        "int",
        "deal",
        "wal",
        "key",
        "per",
        "man",
        "req",
        "ins",
        "att",
        "dec",
        "run",
        "rel",
        "par",
        "scr",
        "hit",
        "dis",
        "evi",
        "stm",
        "usr",
        "cli",
        "tru",
        "stp",
        "hsm",
    }
)


def new_id(prefix: str, *, at: datetime) -> str:
    """Return e.g. ``int_01KAJ8R0000000000000000001``; ``at`` gives the time part."""
    if prefix not in PREFIXES:
        raise ValueError(f"unknown id prefix {prefix}")
    return f"{prefix}_{ULID.from_datetime(at)}"


def is_id(value: str) -> bool:
    """True for a known prefix with a ULID, and nothing else in it."""
    prefix, _, rest = value.partition("_")
    return prefix in PREFIXES and re.fullmatch(_ULID, rest) is not None


def check_id(value: str, prefix: str, *, field: str) -> str:
    """Return ``value`` when it is a well-formed id of this prefix, else raise InvalidInputError."""
    if not isinstance(value, str) or not re.fullmatch(f"{prefix}_{_ULID}", value):
        raise InvalidInputError(f"not an id with prefix {prefix}_", code="bad_id", field=field)
    return value

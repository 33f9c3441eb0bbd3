"""The display table, read once: rows of a subject, words of codes, coins, set phrases."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["de", "en"]
LANGUAGES: tuple[Language, ...] = ("de", "en")


@dataclass(frozen=True)
class Row:
    """How one field is shown.

    ``field`` is a JSON pointer in which ``*`` stands for every item of a list and a last ``**`` for
    whatever lies below. ``of`` points to the chain or asset that an address or amount belongs to,
    ``native`` means the coin in which that chain takes its fees. ``named``: attested entries may
    have a name for it. ``absent`` is shown when the object around the field is there without it.
    ``kind``: the row is about items of this ``kind`` alone, as each rule of a policy has its own fields.
    """

    field: str
    label: Mapping[Language, str]
    formatter: str
    words: str | None = None
    of: str | None = None
    native: bool = False
    named: bool = False
    absent: Mapping[Language, str] | None = None
    kind: str | None = None


@dataclass(frozen=True)
class Coin:
    """A coin whose decimals need no attestation: the one a chain takes its fees in."""

    asset: str
    symbol: str
    decimals: int
    name: Mapping[Language, str]


def title(format_: str, language: Language) -> str:
    """Heading of a subject."""
    return str(_table()["subjects"][format_][language])


@cache
def rows_of(format_: str, type_: str | None = None) -> tuple[Row, ...]:
    """Rows of a subject in their order; ``type_`` of a trust document says which body is inserted."""
    rows: list[Row] = []
    for entry in _table()["subjects"][format_]["rows"]:
        if "insert" in entry:
            rows += map(_row, _table()[entry["insert"]][type_])
        else:
            rows.append(_row(entry))
    return tuple(rows)


@cache
def carried_rows(name: str) -> tuple[Row, ...] | None:
    """Rows of a part of a request that is no subject, by the kind of the request or its format."""
    entries = _table()["carried"].get(name)
    return None if entries is None else tuple(map(_row, entries))


def phrase(name: str, language: Language) -> str:
    """One of the set phrases between the values."""
    return str(_table()["phrases"][name][language])


def word(list_: str, code: str, language: Language) -> str | None:
    """A code in words; None for one that its list does not have."""
    entry = _table()["words"][list_].get(code)
    return str(entry[language]) if entry else None


@cache
def coins() -> Mapping[str, Coin]:
    """The native coins by CAIP-19 asset."""
    return {
        asset: Coin(asset, entry["symbol"], entry["decimals"], {name: entry[name] for name in LANGUAGES})
        for asset, entry in _table()["coins"].items()
    }


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(Path(__file__).with_name("table.json").read_text(encoding="utf-8"))
    return table


def _row(entry: Mapping[str, Any]) -> Row:
    own = {name: value for name, value in entry.items() if name not in LANGUAGES}
    return Row(label={name: entry[name] for name in LANGUAGES}, **own)

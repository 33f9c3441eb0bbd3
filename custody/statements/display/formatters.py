"""The closed list of formatters: one value in, one text out, the same in every program.

The docstring of each is its rule. No formatter knows a locale, a clock or a font: digits are not
grouped, nothing is cut off, and what a reader could mistake for something else is spelled out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from custody.common.clock import read_time, write_time
from custody.common.money import show_amount
from custody.statements.display import table
from custody.statements.display.attested import Attested, Named
from custody.statements.display.table import Language, Row
from custody.statements.fingerprint import fingerprint as words_of

GROUP = 4
BERLIN = ZoneInfo("Europe/Berlin")
# Zones have no rule that all programs share outside these years.
LOCAL_YEARS = range(2000, 2100)
COMMA = {"de": ",", "en": "."}
# Printable ASCII, the other Latin letters, and the punctuation of German and English texts.
_HARMLESS = re.compile("[ -~\u00a1-\u00ac\u00ae-\u017f\u2013\u2014\u2018-\u201e\u2026\u20ac]")


@dataclass(frozen=True)
class Cell:
    """A value with what its formatter may look at; ``of`` is the chain or asset it belongs to."""

    value: Any
    row: Row
    language: Language
    attested: Attested
    of: str | None = None

    def phrase(self, name: str) -> str:
        return table.phrase(name, self.language)

    def when(self, at: datetime) -> str:
        """``attested 2026-11-21``, the day in UTC."""
        return f"{self.phrase('attested')} {write_time(at)[:10]}"


def id_(cell: Cell) -> str:
    """The value as it stands; where names exist ``value (name)``.

    For a coin of the table its name, else ``"name", attested DAY``, else ``not attested``.
    """
    if not cell.row.named:
        return str(cell.value)
    return f"{cell.value} ({_name(cell)})"


def text(cell: Cell) -> str:
    """Integers in decimal, flags as yes or no, strings quoted.

    In quotes, ``"`` and ``\\`` get a ``\\`` before them, and every character besides printable ASCII,
    Latin letters up to U+017F and usual punctuation becomes ``\\u{hex}``: no look-alike, no invisible
    character and no line end of another alphabet can play a part of the form.
    """
    if isinstance(cell.value, bool):
        return flag(cell)
    return quoted(cell.value) if isinstance(cell.value, str) else str(cell.value)


def amount(cell: Cell) -> str:
    """``0,00990000 BTC (990000 base units)``; the comma is a point in English.

    All decimals of the coin of the table or of the attested asset, whose symbol is followed by
    ``, attested DAY``. Base units alone where the unit is not named, with ``not attested`` where
    it is named and nobody attested it.
    """
    units = f"{cell.value} {cell.phrase('base_units')}"
    if cell.of is None:
        return units
    chain = cell.of.partition("/")[0]
    known = {coin.asset.partition("/")[0]: coin for coin in table.coins().values()}
    coin = known.get(chain) if cell.row.native else table.coins().get(cell.of)
    unit = None if cell.row.native else cell.attested.units.get(cell.of)
    if coin:
        return f"{_coins(cell, coin.decimals)} {coin.symbol} ({units})"
    if unit:
        return f"{_coins(cell, unit.decimals)} {unit.symbol} ({units}, {cell.when(unit.at)})"
    return f"{units} ({cell.phrase('not_attested')})"


def address(cell: Cell) -> str:
    """Groups of four, whole; where names exist followed in brackets by what is attested of it.

    Each label with its book in the order of the books, then the client or deal it was issued for
    with its index, separated by ``; ``; else ``not attested``.
    """
    shown = grouped(cell.value)
    if not cell.row.named:
        return shown
    place = ((cell.of or "").partition("/")[0], cell.value)
    known = [
        _labelled(cell, book, label) for book, label in sorted(cell.attested.labels.get(place, {}).items())
    ]
    if place in cell.attested.issued:
        owner, index, at = cell.attested.issued[place]
        known.append(f"{cell.phrase('issued')} {owner}, {index}, {cell.when(at)}")
    return f"{shown} ({'; '.join(known) or cell.phrase('not_attested')})"


def time(cell: Cell) -> str:
    """``2026-11-24 09:00:00 UTC = 2026-11-24 10:00:00 Europe/Berlin``; UTC alone outside 2000 to 2099."""
    at = read_time(cell.value)
    shown = f"{cell.value[:10]} {cell.value[11:19]} UTC"
    if at.year not in LOCAL_YEARS:
        return shown
    return f"{shown} = {at.astimezone(BERLIN):%Y-%m-%d %H:%M:%S} Europe/Berlin"


def hash_(cell: Cell) -> str:
    """Groups of four."""
    return grouped(cell.value)


def code(cell: Cell) -> str:
    """``word (CODE)`` from the row's word list, ``unknown (CODE)`` for a code that is not in it."""
    word = table.word(cell.row.words or "", cell.value, cell.language)
    return f"{word or cell.phrase('unknown')} ({cell.value})"


def flag(cell: Cell) -> str:
    """Yes or no."""
    return cell.phrase("yes" if cell.value else "no")


def fingerprint(cell: Cell) -> str:
    """The eight words of a public key, then its bytes in groups of four in brackets."""
    return f"{words_of(bytes.fromhex(cell.value))} ({grouped(cell.value)})"


def list_(cell: Cell) -> str:
    """``2 of 3``: the number of an item, given as pair, whose fields follow indented."""
    number, count = cell.value
    return f"{number} {cell.phrase('of')} {count}"


FORMATTERS: dict[str, Callable[[Cell], str]] = {
    "id": id_,
    "text": text,
    "amount": amount,
    "address": address,
    "time": time,
    "hash": hash_,
    "code": code,
    "flag": flag,
    "fingerprint": fingerprint,
    "list": list_,
}


def grouped(value: str) -> str:
    """Groups of four characters with a space between, the last one shorter where it must be."""
    return " ".join(value[start : start + GROUP] for start in range(0, len(value), GROUP))


def quoted(value: str) -> str:
    """A free text in quotes; see ``text``."""
    return '"' + "".join(map(_spelled, value)) + '"'


def _spelled(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if _HARMLESS.match(character) else f"\\u{{{ord(character):x}}}"


def _name(cell: Cell) -> str:
    coin, unit = table.coins().get(cell.value), cell.attested.units.get(cell.value)
    if coin:
        return coin.name[cell.language]
    name = Named(unit.symbol, unit.at) if unit else cell.attested.names.get(cell.value)
    return f"{quoted(name.name)}, {cell.when(name.at)}" if name else cell.phrase("not_attested")


def _labelled(cell: Cell, book: str, label: Named) -> str:
    return f"{quoted(label.name)}, {book}, {cell.when(label.at)}"


def _coins(cell: Cell, decimals: int) -> str:
    return show_amount(int(cell.value), decimals=decimals, comma=COMMA[cell.language])

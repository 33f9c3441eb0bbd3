"""Amounts are Python integers in base units (satoshi, wei); their written form is a string.

64 bits overflow at 9.2 ETH and decimals of SQLite lose digits, therefore strings in JSON and
NUMERIC(78,0) in PostgreSQL (see custody.common.fields).
"""

import re

from custody.common.errors import InvalidInputError

MAX_DIGITS = 78
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,77})\Z")


def parse_amount(value: object, *, field: str) -> int:
    """Read ``0|[1-9][0-9]{0,77}`` (base units); raise InvalidInputError for anything else."""
    if not isinstance(value, str) or not _AMOUNT.match(value):
        raise InvalidInputError("not an amount in base units", code="bad_amount", field=field)
    return int(value)


def write_amount(amount: int) -> str:
    """Write base units for JSON; a negative or too long amount is a programming error."""
    text = str(amount)
    if amount < 0 or len(text) > MAX_DIGITS:
        raise ValueError("amount out of range")
    return text


def show_amount(amount: int, *, decimals: int, comma: str = ",") -> str:
    """Full precision for people: 990000 with 8 decimals is ``0,00990000``."""
    sign = "-" if amount < 0 else ""
    digits = str(abs(amount)).rjust(decimals + 1, "0")
    whole, part = digits[:-decimals] or "0", digits[-decimals:]
    return f"{sign}{whole}{comma}{part}" if decimals else f"{sign}{digits}"

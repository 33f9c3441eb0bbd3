"""What an account does in one transaction: its own, or one that a Safe carries out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PlainCall:
    """``value`` in wei goes to ``to``, and ``data`` is run there; empty data only pays."""

    to: str
    value: int
    data: bytes = b""

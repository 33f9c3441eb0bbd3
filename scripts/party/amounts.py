"""Amounts as people read them: in coins with all decimals, and in base units, as programs count."""

from custody.common.money import show_amount
from custody.statements.display.table import coins


def in_coins(amount: int, asset: str) -> str:
    """``0.01000000 BTC (1000000 satoshi)``; coins of a test network are called so."""
    coin = coins()[asset]
    return f"{show_amount(amount, decimals=coin.decimals, comma='.')} {coin.symbol} ({amount} satoshi)"

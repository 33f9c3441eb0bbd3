"""Looks into a signer's store beside the running signer, read only."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

FILE = "store.sqlite3"


def store_rows(directory: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of one SELECT on the store in ``directory``."""
    with closing(sqlite3.connect(f"file:{directory / FILE}?mode=ro", uri=True)) as store:
        return store.execute(statement, values).fetchall()


def spends_in_journal(directory: Path) -> list[str]:
    """Outpoints that our keys have signed for, each once for ever."""
    rows = store_rows(directory, "SELECT slot FROM signer_store_slot WHERE slot LIKE 'btc:%' ORDER BY slot")
    return [slot for (slot,) in rows]

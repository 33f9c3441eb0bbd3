"""Single rows in and out of the store by plain SQL, with SQLite's own placeholder ``?``.

One spend reads and writes some twenty-five rows; query builder and cursor wrappers would take
longer over them than the token over its signature. The models name tables and columns, so a
typing error cannot pass the tests.
"""

import sqlite3
from functools import cache
from threading import local
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from custody.hsm.signer.store.router import ALIAS

Value = str | int | bool | bytes | None
_of_thread = local()


def insert(model: type[Model], **values: Value) -> None:
    """Insert one row; raises IntegrityError when a unique promise is broken."""
    _execute(_insert_statement(model, tuple(values)), *values.values())


def insert_first(model: type[Model], **values: Value) -> bool:
    """Insert one row unless its key is there already: the first one stays. True when this is the first."""
    statement = f"{_insert_statement(model, tuple(values))} ON CONFLICT DO NOTHING"
    return _execute(statement, *values.values()).rowcount == 1


def free(model: type[Model], **values: Value) -> None:
    """Take out the row that a lapsed promise had put there; triggers refuse it for any other."""
    _execute(_free_statement(model, tuple(values)), *values.values())


def forget_blob(key_id: str) -> None:
    """Take out the blob of a destroyed key, for good: freed pages are zeroed as they are freed.

    The one UPDATE there is; a trigger refuses it for any key that is not destroyed.
    """
    _execute("PRAGMA secure_delete = ON")
    _execute("UPDATE signer_store_key SET blob = NULL WHERE id = ?", key_id)


def shrink_log() -> None:
    """Move the write-ahead log into the database and empty it: older versions of pages are gone from it."""
    _execute("PRAGMA wal_checkpoint(TRUNCATE)")


def value(model: type[Model], column: str, **where: Value) -> Any:  # noqa: ANN401 - whatever the column holds
    """Return ``column`` of the one row that matches, None when there is none."""
    found = rows(_value_statement(model, column, tuple(where)), *where.values())
    return found[0][0] if found else None


def rows(statement: str, *parameters: Value) -> list[tuple[Any, ...]]:
    """Return all rows of a SELECT."""
    return _execute(statement, *parameters).fetchall()


def _execute(statement: str, *parameters: Value) -> sqlite3.Cursor:
    database = _database()
    if database.connection is None:
        database.ensure_connection()
    try:
        cursor: sqlite3.Cursor = database.connection.execute(statement, parameters)
    except sqlite3.Error:
        # Django's names for errors, at the price of a context manager only where there is one.
        with database.wrap_database_errors:
            raise
    return cursor


def _database() -> BaseDatabaseWrapper:
    """Django's own object of this thread; its registry takes longer to find it than SQLite to answer."""
    try:
        return _of_thread.database  # type: ignore[no-any-return]
    except AttributeError:
        _of_thread.database = connections[ALIAS]
        return _of_thread.database  # type: ignore[no-any-return]


@cache
def _insert_statement(model: type[Model], columns: tuple[str, ...]) -> str:
    places = ", ".join(["?"] * len(columns))
    return f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES ({places})"


@cache
def _free_statement(model: type[Model], columns: tuple[str, ...]) -> str:
    condition = " AND ".join(f"{name} = ?" for name in columns)
    return f"DELETE FROM {model._meta.db_table} WHERE {condition}"


@cache
def _value_statement(model: type[Model], column: str, where: tuple[str, ...]) -> str:
    condition = " AND ".join(f"{name} = ?" for name in where)
    return f"SELECT {column} FROM {model._meta.db_table} WHERE {condition}"

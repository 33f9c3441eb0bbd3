"""Single rows in and out of the store by plain SQL.

One spend reads and writes some twenty rows; the query builder would take longer over them than
the token over its signature. The models name tables and columns, so a typing error cannot pass
the tests.
"""

from functools import cache
from typing import Any

from django.db import connections
from django.db.models import Model

from custody.hsm.signer.store.router import ALIAS

Value = str | int | bool | bytes | None


def insert(model: type[Model], **values: Value) -> None:
    """Insert one row; raises IntegrityError when a unique promise is broken."""
    _execute(_insert_statement(model, tuple(values)), *values.values())


def insert_first(model: type[Model], **values: Value) -> None:
    """Insert one row unless its key is there already: the first one stays."""
    _execute(f"{_insert_statement(model, tuple(values))} ON CONFLICT DO NOTHING", *values.values())


def value(model: type[Model], column: str, **where: Value) -> Any:  # noqa: ANN401 - whatever the column holds
    """Return ``column`` of the one row that matches, None when there is none."""
    found = rows(_value_statement(model, column, tuple(where)), *where.values())
    return found[0][0] if found else None


def rows(statement: str, *parameters: Value) -> list[tuple[Any, ...]]:
    """Return all rows of a SELECT."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _execute(statement: str, *parameters: Value) -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)


@cache
def _insert_statement(model: type[Model], columns: tuple[str, ...]) -> str:
    places = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES ({places})"


@cache
def _value_statement(model: type[Model], column: str, where: tuple[str, ...]) -> str:
    condition = " AND ".join(f"{name} = %s" for name in where)
    return f"SELECT {column} FROM {model._meta.db_table} WHERE {condition}"

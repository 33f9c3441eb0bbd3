"""Triggers that make a table of the store insert-only, for migrations.

SQLite drops a table's triggers whenever Django rebuilds it (a changed or non-null new column), so
a migration that does so puts them back.
"""

from django.db import migrations


def insert_only(table: str) -> list[migrations.RunSQL]:
    """Operations that refuse UPDATE and DELETE on ``signer_store_<table>``."""
    return [_trigger(table, action) for action in ("UPDATE", "DELETE")]


def _trigger(table: str, action: str) -> migrations.RunSQL:
    name = f"signer_store_{table}_no_{action.lower()}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} BEFORE {action} ON signer_store_{table} "
        f"BEGIN SELECT RAISE(ABORT, 'the signer store is append-only'); END",
        f"DROP TRIGGER {name}",
    )


def only_upwards(table: str, *, per: tuple[str, ...], by: tuple[str, ...]) -> migrations.RunSQL:
    """Operation that refuses a row unless it stands, by ``by``, above all rows with the same ``per``."""
    name = f"signer_store_{table}_only_upwards"
    same = " AND ".join(f"{column} = NEW.{column}" for column in per)
    new = ", ".join(f"NEW.{column}" for column in by)
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} BEFORE INSERT ON signer_store_{table} "
        f"WHEN EXISTS (SELECT 1 FROM signer_store_{table} WHERE {same} AND ({', '.join(by)}) >= ({new})) "
        f"BEGIN SELECT RAISE(ABORT, 'not above the last'); END",
        f"DROP TRIGGER {name}",
    )

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


def destroyed_may_go(table: str, *, columns: tuple[str, ...], column: str) -> migrations.RunSQL:
    """Operation in place of the trigger against UPDATE: ``column`` of a destroyed key may become null.

    Nothing else of the row may change, and only while a state DESTROYED of the key stands in the store.
    """
    name = f"signer_store_{table}_no_update"
    same = " AND ".join(f"NEW.{other} IS OLD.{other}" for other in columns)
    return migrations.RunSQL(
        f"DROP TRIGGER {name}; "
        f"CREATE TRIGGER {name} BEFORE UPDATE ON signer_store_{table} "
        f"WHEN NOT (OLD.{column} IS NOT NULL AND NEW.{column} IS NULL AND {same} AND EXISTS ("
        f"SELECT 1 FROM signer_store_keystate WHERE key_id = OLD.id AND state = 'DESTROYED')) "
        f"BEGIN SELECT RAISE(ABORT, 'the signer store is append-only'); END",
        migrations.RunSQL.noop,
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

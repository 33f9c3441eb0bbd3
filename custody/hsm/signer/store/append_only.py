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


def lapsed_may_go(table: str, *, taken: str) -> migrations.RunSQL:
    """Operation in place of the trigger against DELETE: a row of a promise that lapsed may go.

    ``taken``: names, as SQL, of slots that other promises may stand in; empty where none can. While one
    of them does, the row stays.
    """
    name = f"signer_store_{table}_no_delete"
    others = (
        f" AND NOT EXISTS (SELECT 1 FROM signer_store_key AS k JOIN signer_store_slot AS s "
        f"ON s.key_id = k.id AND s.slot IN ({taken}))"
        if taken
        else ""
    )
    return migrations.RunSQL(
        f"DROP TRIGGER {name}; "
        f"CREATE TRIGGER {name} BEFORE DELETE ON signer_store_{table} "
        f"WHEN NOT (EXISTS (SELECT 1 FROM signer_store_lapse WHERE promise_id = OLD.entry_id){others}) "
        f"BEGIN SELECT RAISE(ABORT, 'the signer store is append-only'); END",
        f"DROP TRIGGER {name}; "
        f"CREATE TRIGGER {name} BEFORE DELETE ON signer_store_{table} "
        f"BEGIN SELECT RAISE(ABORT, 'the signer store is append-only'); END",
    )


def only_open_promises_lapse() -> list[migrations.RunSQL]:
    """Operations that refuse a lapse of anything but a promise refused behind it, and its later signature."""
    return [
        _guard(
            "lapse",
            "of_a_kept_promise",
            """NOT EXISTS (
                SELECT 1 FROM signer_store_entry AS p JOIN signer_store_entry AS r
                ON r.request_hash = p.request_hash
                WHERE p.seq = NEW.promise_id AND p.kind = 'SIGN'
                AND r.seq = NEW.entry_id AND r.kind = 'REFUSED'
            ) OR EXISTS (
                SELECT 1 FROM signer_store_entry AS p JOIN signer_store_entry AS s
                ON s.request_hash = p.request_hash AND s.kind = 'SIGNED' WHERE p.seq = NEW.promise_id
            )""",
            "only a promise that was not kept lapses",
        ),
        _guard(
            "entry",
            "signed_after_lapse",
            """NEW.kind = 'SIGNED' AND EXISTS (
                SELECT 1 FROM signer_store_entry AS p JOIN signer_store_lapse ON promise_id = p.seq
                WHERE p.request_hash = NEW.request_hash
            )""",
            "the promise has lapsed",
        ),
    ]


def _guard(table: str, name: str, condition: str, message: str) -> migrations.RunSQL:
    trigger = f"signer_store_{table}_{name}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {trigger} BEFORE INSERT ON signer_store_{table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
        f"DROP TRIGGER {trigger}",
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

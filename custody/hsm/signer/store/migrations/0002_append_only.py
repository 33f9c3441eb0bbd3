"""Make every table of the store insert-only."""

from django.db import migrations

TABLES = (
    "entry",
    "genesis",
    "person",
    "key",
    "keystate",
    "seenrequest",
    "seenintent",
    "terms",
    "slot",
    "intentanchor",
    "termsanchor",
    "signedcheckpoint",
)


def _trigger(table: str, action: str) -> migrations.RunSQL:
    name = f"signer_store_{table}_no_{action.lower()}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} BEFORE {action} ON signer_store_{table} "
        f"BEGIN SELECT RAISE(ABORT, 'the signer store is append-only'); END",
        f"DROP TRIGGER {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("signer_store", "0001_initial")]
    operations = [_trigger(table, action) for table in TABLES for action in ("UPDATE", "DELETE")]

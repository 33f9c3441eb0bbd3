"""Tables that only grow: an abstract model as mark, and the triggers that keep the promise.

A model inherits ``AppendOnly`` and its application adds a migration ``0002_append_only`` with
``triggers("app.Model")``. The database then refuses UPDATE, DELETE and TRUNCATE to everybody who
does not switch triggers off (only an owner or superuser can), and ``grant_database_roles`` gives
the web's role SELECT and INSERT alone. What a superuser changes nevertheless is found by the
links and checkpoints of this package. Relies on PostgreSQL.
"""

from django.apps import apps
from django.db import models
from django.db.migrations import RunSQL

# Each migration brings the function with it, so that no application depends on another's order.
_FUNCTION = """
CREATE OR REPLACE FUNCTION custody_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""
_TRIGGERS = """
CREATE TRIGGER append_only_row BEFORE UPDATE OR DELETE ON "{table}"
    FOR EACH ROW EXECUTE FUNCTION custody_refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON "{table}"
    FOR EACH STATEMENT EXECUTE FUNCTION custody_refuse_change();
"""
_REVERSE = """
DROP TRIGGER append_only_row ON "{table}";
DROP TRIGGER append_only_all ON "{table}";
"""


class AppendOnly(models.Model):
    """Abstract mark of a table whose rows are inserted once and never changed."""

    class Meta:
        abstract = True


def triggers(label: str) -> RunSQL:
    """Return the operation that makes the table of ``label`` ("app.Model") append-only.

    The table must have Django's default name, ``app_model``.
    """
    table = label.replace(".", "_").lower()
    return RunSQL(_FUNCTION + _TRIGGERS.format(table=table), _REVERSE.format(table=table))


def append_only_tables() -> list[str]:
    """Return the table names of all installed append-only models, sorted."""
    return sorted(model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnly))

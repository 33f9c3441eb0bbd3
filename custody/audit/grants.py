"""Who may do what in the main database, computed from the installed tables.

The web's role never changes or empties an append-only table and writes no answer of the signer;
the signer's role sees requests and results alone. Run by the owner of the tables after each
migration. Relies on PostgreSQL roles that exist already; keys are identity columns, whose
sequences need no grant.
"""

from collections.abc import Iterator, Mapping
from typing import LiteralString

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from custody.audit.append_only import append_only_tables

# (table, privileges) of the signer: truth arrives as rows, results leave as rows, nothing else.
SIGNER_GRANTS: tuple[tuple[str, LiteralString], ...] = (
    ("hsm_signingrequest", "SELECT"),
    ("hsm_signingresult", "SELECT, INSERT"),
)
# Answers of the signer are its own: whoever else could write one would silence the true one.
APP_READS_ONLY = ("django_migrations", "hsm_signingresult")


def grant_roles(roles: Mapping[str, str]) -> int:
    """Replace all grants of the roles "app" and "signer"; return the number of tables.

    ``roles`` maps "app" and "signer" to PostgreSQL role names.
    """
    tables = connection.introspection.table_names()
    with transaction.atomic(), connection.cursor() as cursor:
        for role in (roles["app"], roles["signer"]):
            _execute(cursor, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}", role)
            _execute(cursor, "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}", role)
            _execute(cursor, "GRANT USAGE ON SCHEMA public TO {}", role)
        for table, privileges in app_grants(tables):
            _execute(cursor, f"GRANT {privileges} ON {{}} TO {{}}", table, roles["app"])
        for table, privileges in SIGNER_GRANTS:
            _execute(cursor, f"GRANT {privileges} ON {{}} TO {{}}", table, roles["signer"])
    return len(tables)


def app_grants(tables: list[str]) -> Iterator[tuple[str, LiteralString]]:
    """Yield (table, privileges) of the web's role; nobody gets TRUNCATE."""
    growing = set(append_only_tables())
    for table in tables:
        if table in APP_READS_ONLY:
            yield table, "SELECT"
        elif table in growing:
            yield table, "SELECT, INSERT"
        else:
            yield table, "SELECT, INSERT, UPDATE, DELETE"


def _execute(cursor: CursorWrapper, statement: LiteralString, *names: str) -> None:
    cursor.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))

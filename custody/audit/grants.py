"""Who may do what in the main database, computed from the installed tables.

The web's role never changes or empties an append-only table and writes no answer of the signer on the
queue; the signer's role sees requests and results alone. Run by the owner of the tables after each
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
APP_READS_ONLY = ("django_migrations",)
# Answers of the signer are its own: whoever else could write one would silence the true one. The web's
# role writes those to requests that people carry to a signer without network, and no others.
ANSWERS = "hsm_signingresult"
READ_POLICY: LiteralString = "CREATE POLICY answers_are_read ON {} FOR SELECT USING (true)"
WRITE_POLICY: LiteralString = """
    CREATE POLICY answers_by_their_signer ON {} FOR INSERT WITH CHECK ((current_user = {}) = EXISTS (
        SELECT FROM hsm_signingrequest AS asked WHERE asked.id = request_id AND asked.offline_id IS NOT NULL
    ))
"""


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
        _guard_answers(cursor, app=roles["app"])
    return len(tables)


def _guard_answers(cursor: CursorWrapper, *, app: str) -> None:
    """Row-level security: the web's role answers what is carried, the signer's role everything else."""
    _execute(cursor, "ALTER TABLE {} ENABLE ROW LEVEL SECURITY", ANSWERS)
    _execute(cursor, "DROP POLICY IF EXISTS answers_are_read ON {}", ANSWERS)
    _execute(cursor, "DROP POLICY IF EXISTS answers_by_their_signer ON {}", ANSWERS)
    _execute(cursor, READ_POLICY, ANSWERS)
    cursor.execute(sql.SQL(WRITE_POLICY).format(sql.Identifier(ANSWERS), sql.Literal(app)))


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

"""The database itself refuses changes, and each role has exactly its rights."""

from collections.abc import Callable

import pytest
from django.db import ProgrammingError, connection, transaction

from custody.audit.append_only import append_only_tables
from custody.audit.grants import APP_READS_ONLY, SIGNER_GRANTS
from tests.audit.conftest import OwnDatabase
from tests.harness.databases import cluster

STATEMENTS = [
    "UPDATE audit_auditentry SET verb = 'x.y'",
    "DELETE FROM audit_auditlink",
    "TRUNCATE audit_auditlink",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_refuses_a_change_by_the_web(db: None, recorded: Callable[[int], None], statement: str) -> None:
    recorded(1)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_refuses_a_change_even_by_a_superuser_with_triggers_on(
    own_database: OwnDatabase, recorded: Callable[[int], None], statement: str
) -> None:
    recorded(1)
    with pytest.raises(Exception, match="append-only"):
        _superuser_with_triggers(own_database, statement)


def test_every_append_only_table_has_its_triggers(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger"
            " WHERE tgname IN ('append_only_row', 'append_only_all') AND tgenabled = 'O' GROUP BY 1"
        )
        found = dict(cursor.fetchall())
    assert found == dict.fromkeys(append_only_tables(), 2)


def test_the_web_may_only_read_and_add_to_append_only_tables(db: None) -> None:
    for table in append_only_tables():
        wanted = {"SELECT"} if table in APP_READS_ONLY else {"SELECT", "INSERT"}
        assert _privileges("custody_app", table) == wanted, table


def test_nobody_may_truncate(db: None) -> None:
    for table in connection.introspection.table_names():
        assert "TRUNCATE" not in _privileges("custody_app", table) | _privileges("custody_signer", table)


def test_the_signer_sees_requests_and_results_only(db: None) -> None:
    allowed = {table: set(privileges.split(", ")) for table, privileges in SIGNER_GRANTS}
    for table in connection.introspection.table_names():
        assert _privileges("custody_signer", table) == allowed.get(table, set()), table


def _privileges(role: str, table: str) -> set[str]:
    names = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE has_table_privilege(%s, %s, name)",
            [list(names), role, table],
        )
        return {row[0] for row in cursor.fetchall()}


def _superuser_with_triggers(database: OwnDatabase, statement: str) -> None:
    cluster().sql(statement, database=database.name)

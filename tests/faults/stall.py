"""Holds a process at a chosen place: a trigger makes its next write wait for a lock of the test's.

The place is a state an intent is about to enter, or RESULT for the signer's answer. While the
process waits inside its transaction it can be killed; the database then rolls back what it did.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from scripts.embedded.world import World
from tests.harness.waiting import eventually

LOCK = 4_711
RESULT = "RESULT"
_INSTALL = f"""
CREATE TABLE stall (place text, process text);
GRANT SELECT ON stall TO PUBLIC;
CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM stall WHERE process = current_setting('application_name')
        AND place = coalesce(to_jsonb(NEW) ->> 'state', '{RESULT}')
    ) THEN
        PERFORM pg_advisory_xact_lock({LOCK});
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stall BEFORE UPDATE ON wallets_transferintent FOR EACH ROW EXECUTE FUNCTION stall();
CREATE TRIGGER stall BEFORE INSERT ON hsm_signingresult FOR EACH ROW EXECUTE FUNCTION stall();
"""


def install(world: World) -> None:
    """Add the triggers to the world's database."""
    world.postgres.sql(_INSTALL, database=world.database)


@contextmanager
def stalled(world: World, process: str, place: str) -> Iterator["Stalled"]:
    """Let ``process`` wait at ``place`` until the block ends, or ``release`` is called."""
    world.postgres.sql(f"INSERT INTO stall VALUES ('{place}', 'custody-{process}')", database=world.database)
    with connect(world) as connection:
        connection.execute(f"SELECT pg_advisory_lock({LOCK})")
        stall = Stalled(world, connection)
        try:
            yield stall
        finally:
            stall.release()


def connect(world: World) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection of the test's own, as the role ``app``."""
    return psycopg.connect(
        dbname=world.database,
        host=str(world.postgres.sockets),
        user="custody_app",
        password=world.password_file("custody_app").read_text(),
        autocommit=True,
    )


class Stalled:
    """A place where a process waits, or will."""

    def __init__(self, world: World, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        self._world, self._connection = world, connection
        self._is_held = True

    def reached(self) -> None:
        """Return when the process waits here."""
        eventually(lambda: self._waiting() > 0, what="process at the stalled place")

    def release(self) -> None:
        """Let everybody go on, and return when nobody waits any more."""
        if not self._is_held:
            return
        self._is_held = False
        self._world.postgres.sql("DELETE FROM stall", database=self._world.database)
        self._connection.execute(f"SELECT pg_advisory_unlock({LOCK})")
        eventually(lambda: self._waiting() == 0, what="nobody at the stalled place")

    def _waiting(self) -> int:
        cursor = self._connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [LOCK],
        )
        row = cursor.fetchone()
        return int(str(row[0])) if row else 0

"""The signer's two statements in the main database: read the bytes of a request, insert a result.

The database is a hostile server: what it returns is size-limited bytes and nothing more. Plain
psycopg as the role ``signer``, which may read requests and insert results; no ORM, no model.
"""

from collections.abc import Iterable
from typing import Any, LiteralString

import psycopg

from custody.common.canonical import MAX_REQUEST
from custody.common.errors import UnavailableError

_READ = (
    "SELECT id, substring(body FROM 1 FOR %s) FROM hsm_signingrequest WHERE id = %s AND offline_id IS NULL"
)
# Requests that nobody has answered in any way, oldest first, as many as fit; none that is carried.
_WAITING = """
    SELECT id, substring(body FROM 1 FOR %s) FROM (
        SELECT id, body, created_at, sum(octet_length(body)) OVER (ORDER BY created_at, id) AS total
        FROM (
            SELECT id, body, created_at FROM hsm_signingrequest AS request
            WHERE id <> %s AND offline_id IS NULL AND NOT EXISTS (
                SELECT FROM hsm_signingresult WHERE request_id = request.id
            )
            ORDER BY created_at, id LIMIT %s
        ) AS oldest
    ) AS counted
    WHERE total <= %s ORDER BY created_at, id
"""
_WRITE = (
    "INSERT INTO hsm_signingresult (request_id, outcome, failure, body, created_at) "
    "VALUES (%s, %s, %s, %s, now()) ON CONFLICT DO NOTHING"
)
STATEMENT_TIMEOUT_MS = 10_000
# One wake takes along at most so many waiting requests and so many bytes of them.
MAX_TAKEN_ALONG = 49
MAX_BYTES = 2 * MAX_REQUEST


class MailboxUnavailableError(UnavailableError):
    """The main database does not answer; the request is woken again later."""

    code = "mailbox_unavailable"


class Mailbox:
    """One lazy connection; reopened after any error."""

    def __init__(self, database: dict[str, Any]) -> None:
        """``database``: the entry of Django's DATABASES that names the main database."""
        self._parameters = {
            "dbname": database["NAME"],
            "host": database["HOST"],
            "port": database["PORT"],
            "user": database["USER"],
            "password": database["PASSWORD"],
            "connect_timeout": 5,
            "application_name": "custody-signer",
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
        }
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def read(self, request_id: str) -> list[tuple[str, bytes]]:
        """Return id and at most MAX_REQUEST + 1 bytes of a request, and of others that wait; or nothing."""
        rows = self._execute(_READ, (MAX_REQUEST + 1, request_id))
        if rows:
            rows += self._execute(_WAITING, (MAX_REQUEST + 1, request_id, MAX_TAKEN_ALONG, MAX_BYTES))
        return [(str(name), bytes(body)) for name, body in rows if isinstance(body, bytes | memoryview)]

    def write(self, results: Iterable[tuple[str, str, str, bytes]]) -> None:
        """Insert results (request id, outcome, rule of a failure or empty, bytes).

        The first final one of a request stays, and the first report of each failure.
        """
        for values in results:
            self._execute(_WRITE, values)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _execute(self, statement: LiteralString, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            if self._connection is None:
                self._connection = psycopg.connect(**self._parameters, autocommit=True)
            cursor = self._connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            self.close()
            raise MailboxUnavailableError(f"main database: {type(error).__name__}") from None

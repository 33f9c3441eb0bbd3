"""The signer's two statements in the main database: read the bytes of a request, insert a result.

The database is a hostile server: what it returns is size-limited bytes and nothing more. Plain
psycopg as the role ``signer``, which may read requests and insert results; no ORM, no model.
"""

from typing import Any, LiteralString

import psycopg

from custody.common.canonical import MAX_REQUEST
from custody.common.errors import UnavailableError

_READ = "SELECT substring(body FROM 1 FOR %s) FROM hsm_signingrequest WHERE id = %s"
_WRITE = (
    "INSERT INTO hsm_signingresult (request_id, outcome, body, created_at) "
    "VALUES (%s, %s, %s, now()) ON CONFLICT DO NOTHING"
)
STATEMENT_TIMEOUT_MS = 10_000


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

    def read(self, request_id: str) -> bytes | None:
        """Return at most MAX_REQUEST + 1 bytes, None when there is no such request."""
        rows = self._execute(_READ, (MAX_REQUEST + 1, request_id))
        return bytes(rows[0][0]) if rows and isinstance(rows[0][0], bytes | memoryview) else None

    def write(self, request_id: str, *, outcome: str, body: bytes) -> None:
        """Insert a result; the first final one of a request stays."""
        self._execute(_WRITE, (request_id, outcome, body))

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

"""Pages of API lists by key, not by number: no page is skipped or doubled while rows arrive."""

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class KeysetPagination(CursorPagination):
    """Newest first by primary key (ids are sortable by time); the cursor is opaque."""

    ordering = "-pk"
    page_size_query_param = "limit"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Cursor | None:
        cursor: Cursor | None = super().decode_cursor(request)
        if cursor and "\0" in str(cursor.position):
            raise NotFound(self.invalid_cursor_message)
        return cursor

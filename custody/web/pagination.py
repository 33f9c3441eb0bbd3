"""Pages of API lists by key, not by number: no page is skipped or doubled while rows arrive."""

from rest_framework.pagination import CursorPagination


class KeysetPagination(CursorPagination):
    """Newest first by primary key (ids are sortable by time); the cursor is opaque."""

    ordering = "-pk"
    page_size_query_param = "limit"
    max_page_size = 200

"""Pages of API lists go by key: rows that arrive meanwhile neither skip nor double others."""

from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from custody.audit.models import AuditEntry
from custody.audit.services import record
from custody.web.pagination import KeysetPagination
from tests.cast import AT


def note(count: int) -> None:
    for number in range(count):
        record(verb="a.b", actor="system:test", subject="", payload={"number": number}, at=AT)


def page(**query: Any) -> tuple[list[int], str]:
    """Keys of one page, and the cursor of the next ("" on the last)."""
    pages = KeysetPagination()
    request = Request(APIRequestFactory().get("/", query))
    rows = pages.paginate_queryset(AuditEntry.objects.all(), request) or []
    following = parse_qs(urlparse(pages.get_next_link() or "").query)
    return [row.pk for row in rows], following.get("cursor", [""])[0]


def test_shows_the_newest_first_and_each_row_once(db: None) -> None:
    note(5)
    expected = list(AuditEntry.objects.order_by("-pk").values_list("pk", flat=True))
    first, cursor = page(limit=2)
    note(3)
    second, cursor = page(limit=2, cursor=cursor)
    third, end = page(limit=2, cursor=cursor)
    assert first + second + third == expected
    assert end == ""


def test_limits_the_size_of_a_page(db: None) -> None:
    note(201)
    assert len(page(limit=1000)[0]) == 200


def test_refuses_a_cursor_it_did_not_make(db: None) -> None:
    with pytest.raises(NotFound):
        page(cursor="made-up")

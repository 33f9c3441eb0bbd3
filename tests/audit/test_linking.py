"""Entries get positions in the order of their insertion, each exactly one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from custody.audit import linking, selectors, tasks
from custody.audit.links import FIRST_PREVIOUS, link_hash
from custody.audit.models import AuditLink
from custody.audit.services import record
from tests.audit.conftest import AT, OwnDatabase


def test_links_all_entries_in_order(db: None, recorded: Callable[[int], None]) -> None:
    recorded(3)
    rows = list(AuditLink.objects.order_by("position").select_related("entry"))
    assert [(row.position, row.entry.subject) for row in rows] == [
        (1, "deal_0"),
        (2, "deal_1"),
        (3, "deal_2"),
    ]
    previous = FIRST_PREVIOUS
    for row in rows:
        assert row.previous == previous
        previous = link_hash(stream="main", position=row.position, entry=row.entry.hash, previous=previous)
        assert row.link == previous


def test_continues_where_it_ended(db: None, recorded: Callable[[int], None]) -> None:
    recorded(2)
    recorded(1)
    assert selectors.stream_head("main")[0] == 3


def test_has_nothing_to_do_the_second_time(db: None, recorded: Callable[[int], None]) -> None:
    recorded(2)
    assert tasks.link_entries() == 0


def test_takes_more_than_one_batch(
    db: None, monkeypatch: pytest.MonkeyPatch, recorded: Callable[[int], None]
) -> None:
    monkeypatch.setattr(linking, "BATCH", 2)
    recorded(5)
    assert selectors.stream_head("main")[0] == 5


def test_a_straggler_outside_the_window_is_linked_by_the_watch(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(verb="a.b", actor="system:test", subject="late", payload={}, at=AT - timedelta(days=1))
    entry = record(verb="a.b", actor="system:test", subject="", payload={}, at=AT)
    link = link_hash(stream="main", position=1, entry=entry.hash, previous=FIRST_PREVIOUS)
    AuditLink.objects.create(stream="main", position=1, entry=entry, previous=FIRST_PREVIOUS, link=link)
    monkeypatch.setattr(linking, "WINDOW", 0)
    assert tasks.link_entries() == 0
    assert tasks.watch_backlog() == 1
    assert selectors.stream_head("main")[0] == 2


def test_counts_each_stream_from_one(db: None) -> None:
    for stream in ("main", "signer", "main"):
        record(verb="a.b", actor="system:test", subject="", payload={}, stream=stream, at=AT)
    linking.link_entries()
    assert selectors.stream_head("main")[0] == 2
    assert selectors.stream_head("signer")[0] == 1


def test_leaves_the_work_to_a_linker_that_is_at_it(own_database: OwnDatabase) -> None:
    record(verb="a.b", actor="system:test", subject="", payload={}, at=AT)
    with psycopg.connect(_address()) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [linking._LOCK])
        assert linking.link_entries() == 0
    assert linking.link_entries() == 1


def test_lists_entries_that_wait_too_long(db: None) -> None:
    record(verb="a.b", actor="system:test", subject="old", payload={}, at=AT - timedelta(seconds=61))
    record(verb="a.b", actor="system:test", subject="new", payload={}, at=AT - timedelta(seconds=59))
    assert [entry.subject for entry in selectors.late_entries(at=AT)] == ["old"]


def test_alarms_about_entries_that_wait_too_long(db: None, caplog: pytest.LogCaptureFixture) -> None:
    record(verb="a.b", actor="system:test", subject="", payload={}, at=datetime(2026, 1, 1, tzinfo=UTC))
    assert tasks.watch_backlog() == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_gives_the_hashes_of_a_range(db: None, recorded: Callable[[int], None]) -> None:
    recorded(4)
    hashes = list(AuditLink.objects.order_by("position").values_list("entry__hash", flat=True))
    assert selectors.entry_hashes("main", first=2, last=3) == hashes[1:3]


def _address() -> str:
    values = connection.settings_dict
    return make_conninfo(
        dbname=values["NAME"],
        host=values["HOST"],
        port=values["PORT"],
        user=values["USER"],
        password=values["PASSWORD"],
    )

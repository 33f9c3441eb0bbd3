"""The mirrored signer, and a catcher of what would be enqueued after commit."""

from collections.abc import Callable, Iterator
from threading import local
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from custody.accounts.models import User
from custody.common import clock
from custody.hsm.signer.store import sql
from custody.hsm.signer.store.router import ALIAS
from tests.hsm.desk import mirror_signer
from tests.hsm.office import Office
from tests.signer.bench import Bench

Enqueued = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def desk(db: None) -> None:
    """A web side that knows the signer's identity and keys."""
    mirror_signer()


@pytest.fixture
def enqueued(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any]
) -> Callable[[Callable[[], object]], Enqueued]:
    """Run something, then what it left for after the commit; return the messages it would send."""
    from celery import Task, current_app

    sent: Enqueued = []
    monkeypatch.setattr(
        Task, "apply_async", lambda task, kwargs, countdown=None: sent.append((task.name, kwargs))
    )
    monkeypatch.setattr(
        current_app, "send_task", lambda name, args, **_: sent.append((name, {"request_id": args[0]}))
    )

    def run(action: Callable[[], object]) -> Enqueued:
        with django_capture_on_commit_callbacks(execute=True):
            action()
        return sent

    return run


@pytest.fixture
def store_is_the_signers(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rollback tests forbid any other database; the signer's store is no part of their transaction."""
    monkeypatch.setattr(sql, "_of_thread", local())
    forbidden = connections[ALIAS]
    del connections[ALIAS]
    # The store keeps its connection by thread, not by alias.
    monkeypatch.setattr(sql._of_thread, "database", connections[ALIAS], raising=False)
    yield
    connections[ALIAS].close()
    connections[ALIAS] = forbidden


@pytest.fixture
def office(
    store_is_the_signers: None,
    security: User,
    bench: Bench,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Office:
    """The security officer in front of the pages, a signer right after genesis behind them, one clock."""
    settings.SIGNER_PUBLIC_DIR = bench.directory / "public"
    monkeypatch.setattr(clock, "now", lambda: bench.hands.now)
    return Office(bench, security)

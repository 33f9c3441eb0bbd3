"""The mirrored signer, and a catcher of what would be enqueued after commit."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.hsm.desk import mirror_signer

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

"""Start a task by name after the transaction has committed.

Messages are wake-ups that carry ids only; losing one loses nothing, because a periodic task
finds the same row again. ``current_app.tasks[name]`` is used because ``send_task`` accepts
names that do not exist.
"""

from typing import TYPE_CHECKING

from celery import current_app
from django.db import transaction

if TYPE_CHECKING:
    from celery import Task


def enqueue_on_commit(name: str, *, countdown: float = 0, **kwargs: str | int) -> None:
    """Enqueue task ``name`` with ids as keyword arguments once the open transaction commits.

    ``countdown`` is in seconds. A broker that is gone is logged and costs time, never a row.
    """
    task = _task(name)
    transaction.on_commit(lambda: task.apply_async(kwargs=kwargs, countdown=countdown), robust=True)


def _task(name: str) -> "Task[..., None]":
    """The task of this name; modules of tasks are imported when the first one is asked for."""
    if name not in current_app.tasks:
        current_app.loader.import_default_modules()
    return current_app.tasks[name]

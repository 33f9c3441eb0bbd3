"""Refusals survive the rollback: the boundary wrapper of views, API, admin, tasks and commands.

Services raise ``CustodyError`` and their transaction rolls back, the audit entry they may have
written included. The wrapper sits outside that transaction, writes ``<action>.refused`` (or
``.failed`` when a component did not answer) with code and field in a transaction of its own, and
raises the error again. Neither the error's text nor any input goes into the record; and what an
actor cannot reach is not what their refusal is about, or strangers could write into its history.
"""

import functools
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.management.base import CommandError
from django.db import DatabaseError, transaction

from custody.audit import services as audit
from custody.common.errors import CustodyError, NotFoundError
from custody.common.ids import is_id

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_FIELD = re.compile(r"[A-Za-z0-9_/.-]{1,200}\Z")


@contextmanager
def recording(*, action: str, actor: AbstractBaseUser | str, subject: str = "") -> Iterator[None]:
    """Record a CustodyError that leaves the block under ``action`` and let it go on.

    ``action`` is "<area>.<noun>.<verb>" as in "escrow.deal.release".
    """
    try:
        yield
    except CustodyError as error:
        record_refusal(error, action=action, actor=actor, subject=subject)
        raise


def record_refusal(
    error: CustodyError, *, action: str, actor: AbstractBaseUser | str, subject: str = ""
) -> None:
    """Write the entry of one refusal, once; a database that is gone does not hide the error itself."""
    if error.is_recorded:
        return
    error.is_recorded = True
    outcome = "failed" if error.status >= 500 else "refused"
    payload = {"code": error.code}
    if error.field:
        payload["field"] = error.field if _FIELD.match(error.field) else "unknown"
    is_reached = is_id(subject) and not isinstance(error, NotFoundError)
    try:
        with transaction.atomic():
            audit.record(
                verb=f"{action}.{outcome}",
                actor=actor,
                subject=subject if is_reached else "",
                payload=payload,
            )
    except DatabaseError:
        log.exception("refusal %s of %s could not be recorded", error.code, action)


def records_refusals(
    action: str, *, subject: str | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate an entry point; ``subject`` names the keyword argument that holds the id.

    The actor is the user of the request among the first two arguments, else this process.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            about = str(kwargs.get(subject, "")) if subject else ""
            with recording(action=action, actor=actor_of(args), subject=about):
                return function(*args, **kwargs)

        return wrapper

    return decorate


def guards_command(action: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate ``handle`` of a command: record the refusal, then one line on stderr and exit 1."""

    def decorate(handle: Callable[P, R]) -> Callable[P, R]:
        recorded = records_refusals(action)(handle)

        @functools.wraps(handle)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return recorded(*args, **kwargs)
            except CustodyError as error:
                raise CommandError(f"{error.code}: {error.detail}", returncode=1) from error

        return wrapper

    return decorate


def actor_of(args: tuple[Any, ...]) -> AbstractBaseUser | str:
    for argument in args[:2]:
        request = getattr(argument, "request", argument)
        user = getattr(request, "user", None)
        if isinstance(user, AbstractBaseUser):
            return user
        if user is not None:
            return "system:anonymous"
    return f"system:{settings.PROCESS}"

"""The gate: load and authorise in one step. What an actor may not see does not exist for them.

Rights come from roles (over everything of a kind) or from grants on single objects
(``UserGrant`` tables); ``is_superuser`` gives none. Each package builds its ``access_<noun>`` on
``access``.
"""

from typing import TYPE_CHECKING, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet
from guardian.shortcuts import get_objects_for_user

from custody.accounts.models import Client, User
from custody.accounts.roles import Right
from custody.common.errors import ForbiddenError, NotFoundError

if TYPE_CHECKING:
    Actor = User | AbstractBaseUser | AnonymousUser

M = TypeVar("M", bound=Model)


def has_right(actor: "Actor", right: Right) -> bool:
    """True when one of the actor's roles gives ``right`` over everything of its kind."""
    return isinstance(actor, User) and actor.has_right(right)


def require_right(actor: "Actor", right: Right) -> None:
    """Raise ForbiddenError unless a role of the actor gives ``right``."""
    if not has_right(actor, right):
        raise ForbiddenError("your roles do not allow this", code="no_right")


def visible(actor: "Actor", queryset: QuerySet[M], right: Right) -> QuerySet[M]:
    """Return the rows of ``queryset`` over which the actor holds ``right``."""
    if has_right(actor, right):
        return queryset
    if not isinstance(actor, User) or not actor.is_active:
        return queryset.none()
    granted: QuerySet[M] = get_objects_for_user(
        actor,
        f"{queryset.model._meta.app_label}.{right}",
        klass=queryset,
        use_groups=False,
        with_superuser=False,
        accept_global_perms=False,
    )
    return granted


def access(actor: "Actor", queryset: QuerySet[M], id: str | int, right: Right) -> M:
    """Return the row ``id`` when the actor holds ``right`` over it.

    Raises NotFoundError otherwise, whether the row is missing or foreign.
    """
    row = visible(actor, queryset, right).filter(pk=id).first()
    if row is None:
        raise NotFoundError("not found")
    return row


def access_client(actor: "Actor", client_id: str, right: Right = Right.VIEW_CLIENT) -> Client:
    """Return the client when the actor holds ``right`` over it; raises NotFoundError."""
    return access(actor, Client.objects.all(), client_id, right)

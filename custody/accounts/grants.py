"""Grants on objects, made from memberships: whoever acts for a client may use what is the client's.

Packages above hand down a function that lists a client's objects (``register_objects``), so that a
person who joins later gets, and one who leaves loses, the rights over all of them.
"""

from collections.abc import Callable, Iterable

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from guardian.shortcuts import assign_perm, get_user_perms, remove_perm

from custody.accounts.models import Client, Membership
from custody.accounts.roles import MEMBER_RIGHTS, MemberRole

ObjectsOf = Callable[[Client], Iterable[Model]]

_objects_of_client: list[ObjectsOf] = []


def register_objects(function: ObjectsOf) -> None:
    """Hand down ``function(client) -> objects``; called from an AppConfig's ``ready``."""
    if function not in _objects_of_client:
        _objects_of_client.append(function)


def grant_to_members(*, client: Client, objects: Iterable[Model]) -> None:
    """Give all members of ``client`` the rights of their role over ``objects``; twice is once."""
    memberships = list(client.memberships.all())
    for obj in objects:
        for membership in memberships:
            _grant(membership, obj)


def grant_everything(membership: Membership) -> None:
    """Give one member the rights over the client and all that is the client's."""
    for obj in _everything(membership.client):
        _grant(membership, obj)


def revoke_everything(membership: Membership) -> None:
    """Take all rights over the client and its objects from a member who leaves.

    An object that also belongs to another client of this person is granted again.
    """
    for obj in _everything(membership.client):
        for codename in get_user_perms(membership.user, obj):
            remove_perm(codename, membership.user, obj)
    for other in membership.user.memberships.exclude(pk=membership.pk):
        grant_everything(other)


def _everything(client: Client) -> list[Model]:
    return [client, *(obj for function in _objects_of_client for obj in function(client))]


def _grant(membership: Membership, obj: Model) -> None:
    rights = MEMBER_RIGHTS[MemberRole(membership.role)]
    permissions = Permission.objects.filter(
        content_type=ContentType.objects.get_for_model(obj), codename__in=rights
    )
    for permission in permissions:
        assign_perm(permission, membership.user, obj)

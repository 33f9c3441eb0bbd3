"""Rights come from roles and grants alone; what is not yours does not exist."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission

from custody.accounts.models import Client, User
from custody.accounts.permissions import access_client, has_right, require_right, visible
from custody.accounts.roles import MEMBER_RIGHTS, ROLE_RIGHTS, MemberRole, Right, Role
from custody.accounts.services import add_member, deactivate_user, remove_member
from custody.common.errors import ForbiddenError, NotFoundError, RefusedError
from tests.cast import AT, client_of


def test_member_reaches_the_own_client_only(buyer: User, stranger: User) -> None:
    client = client_of(buyer)
    assert access_client(buyer, client.pk) == client
    with pytest.raises(NotFoundError):
        access_client(stranger, client.pk)
    assert list(visible(buyer, Client.objects.all(), Right.VIEW_CLIENT)) == [client]


def test_missing_and_foreign_look_the_same(buyer: User, stranger: User) -> None:
    client = client_of(buyer)
    with pytest.raises(NotFoundError) as foreign:
        access_client(stranger, client.pk)
    with pytest.raises(NotFoundError) as missing:
        access_client(stranger, "cli_01KAJ8P0000000000000000001")
    assert (foreign.value.detail, foreign.value.code) == (missing.value.detail, missing.value.code)


def test_officer_reaches_every_client(officer: User, buyer: User) -> None:
    client = client_of(buyer)
    assert access_client(officer, client.pk) == client


def test_role_without_the_right_reaches_nothing(custodian: User, buyer: User) -> None:
    client = client_of(buyer)
    with pytest.raises(NotFoundError):
        access_client(custodian, client.pk)


def test_deactivated_people_have_no_right(officer: User, buyer: User) -> None:
    client = client_of(buyer)
    for user in (officer, buyer):
        deactivate_user(actor="system:test", user=user, at=AT)
        with pytest.raises(NotFoundError):
            access_client(User.objects.get(pk=user.pk), client.pk)


def test_nobody_has_no_right(buyer: User) -> None:
    client_of(buyer)
    assert not visible(AnonymousUser(), Client.objects.all(), Right.VIEW_CLIENT).exists()
    assert not has_right(AnonymousUser(), Right.VIEW_CLIENT)


def test_superuser_flag_adds_no_right(stranger: User, buyer: User) -> None:
    client = client_of(buyer)
    stranger.is_superuser = True
    with pytest.raises(NotFoundError):
        access_client(stranger, client.pk)
    assert not has_right(stranger, Right.VIEW_CLIENT)


def test_global_django_permission_adds_no_right(stranger: User, buyer: User) -> None:
    client = client_of(buyer)
    stranger.user_permissions.add(
        Permission.objects.get(codename="view_client", content_type__app_label="accounts")
    )
    with pytest.raises(NotFoundError):
        access_client(User.objects.get(pk=stranger.pk), client.pk)


def test_require_right_names_no_role(mediator: User) -> None:
    require_right(mediator, Right.DECIDE_DEAL)
    with pytest.raises(ForbiddenError) as error:
        require_right(mediator, Right.DECIDE_HIT)
    assert error.value.code == "no_right"


def test_member_who_leaves_loses_the_rights(buyer: User) -> None:
    client = client_of(buyer)
    remove_member(actor="system:test", membership=buyer.memberships.get(), at=AT)
    with pytest.raises(NotFoundError):
        access_client(buyer, client.pk)


def test_our_own_people_act_for_no_client(officer: User, buyer: User) -> None:
    with pytest.raises(RefusedError) as error:
        add_member(actor="system:test", client=client_of(buyer), user=officer, at=AT)
    assert error.value.code == "staff_member"


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_rights_and_none_may_act_as_a_party(role: Role) -> None:
    assert ROLE_RIGHTS[role]
    assert Right.ACT_IN_DEAL not in ROLE_RIGHTS[role]


def test_reading_member_may_not_act() -> None:
    assert Right.ACT_IN_DEAL in MEMBER_RIGHTS[MemberRole.ACTING]
    assert Right.ACT_IN_DEAL not in MEMBER_RIGHTS[MemberRole.READING]

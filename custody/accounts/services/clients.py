"""Clients and their members."""

from datetime import datetime

from django.db import transaction

from custody.accounts import grants
from custody.accounts.models import Client, Membership, User
from custody.accounts.roles import MemberRole
from custody.audit.services import record
from custody.common.errors import RefusedError
from custody.common.ids import new_id


@transaction.atomic
def open_client(*, actor: User | str, name: str, at: datetime) -> Client:
    """Create a client; screening and members follow."""
    client = Client.objects.create(id=new_id("cli", at=at), name=name.strip(), created_at=at)
    record(verb="accounts.client.opened", actor=actor, subject=client.pk, payload={}, at=at)
    return client


@transaction.atomic
def add_member(
    *, actor: User | str, client: Client, user: User, role: MemberRole = MemberRole.ACTING, at: datetime
) -> Membership:
    """Let ``user`` act or read for ``client``, over all that is the client's, now and later.

    Raises RefusedError when they do so already or are one of our own (conflict of interest).
    """
    Client.objects.select_for_update().get(pk=client.pk)
    if User.objects.filter(pk=user.pk, is_staff=True).exists():
        raise RefusedError("our own people act for no client", code="staff_member", field="user")
    membership, is_new = Membership.objects.get_or_create(
        client=client, user=user, defaults={"role": role, "created_at": at}
    )
    if not is_new:
        raise RefusedError("the person acts for this client already", code="member_present", field="user")
    grants.grant_everything(membership)
    payload = {"client": client.pk, "role": str(role)}
    record(verb="accounts.membership.added", actor=actor, subject=user.pk, payload=payload, at=at)
    return membership


@transaction.atomic
def remove_member(*, actor: User | str, membership: Membership, at: datetime) -> None:
    """Take a person's rights over the client and everything that is the client's."""
    Client.objects.select_for_update().get(pk=membership.client_id)
    grants.revoke_everything(membership)
    payload = {"client": membership.client_id}
    record(
        verb="accounts.membership.removed", actor=actor, subject=membership.user_id, payload=payload, at=at
    )
    membership.delete()

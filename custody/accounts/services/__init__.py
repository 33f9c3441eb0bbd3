"""Writes of the accounts application."""

from custody.accounts.services.clients import add_member, open_client, remove_member
from custody.accounts.services.people import (
    change_password,
    create_user,
    deactivate_user,
    grant_role,
    link_person,
    revoke_role,
    set_language,
)

__all__ = [
    "add_member",
    "change_password",
    "create_user",
    "deactivate_user",
    "grant_role",
    "link_person",
    "open_client",
    "remove_member",
    "revoke_role",
    "set_language",
]

"""Writes of the accounts application."""

from custody.accounts.services.clients import add_member, open_client, remove_member
from custody.accounts.services.people import (
    change_password,
    create_user,
    deactivate_user,
    grant_role,
    link_person,
    require_own_password,
    revoke_role,
    set_language,
)
from custody.accounts.services.resets import reset_factor, reset_password

__all__ = [
    "add_member",
    "change_password",
    "create_user",
    "deactivate_user",
    "grant_role",
    "link_person",
    "open_client",
    "remove_member",
    "require_own_password",
    "reset_factor",
    "reset_password",
    "revoke_role",
    "set_language",
]

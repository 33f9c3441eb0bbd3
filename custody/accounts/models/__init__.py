"""Tables of the accounts application, by noun."""

from custody.accounts.models.clients import Client, ClientUserPermission, Membership
from custody.accounts.models.devices import Authenticator
from custody.accounts.models.grants import UserGrant
from custody.accounts.models.users import RoleGrant, User

__all__ = ["Authenticator", "Client", "ClientUserPermission", "Membership", "RoleGrant", "User", "UserGrant"]

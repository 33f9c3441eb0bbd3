"""Pages of people and clients in the back office."""

from custody.accounts.admin.clients import ClientAdmin
from custody.accounts.admin.people import PersonAdmin

__all__ = ["ClientAdmin", "PersonAdmin"]

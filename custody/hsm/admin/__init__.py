"""Pages of keys and signing in the back office: looked at, never acted on."""

from custody.hsm.admin.journal import JournalEntryAdmin
from custody.hsm.admin.keys import SigningKeyAdmin
from custody.hsm.admin.requests import SigningRequestAdmin

__all__ = ["JournalEntryAdmin", "SigningKeyAdmin", "SigningRequestAdmin"]

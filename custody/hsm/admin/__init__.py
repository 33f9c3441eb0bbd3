"""Pages of keys and signing in the back office: what was asked and answered, what is to change, the stop."""

from custody.hsm.admin.addresses import AddressAttestationAdmin
from custody.hsm.admin.drafts import TrustDraftAdmin
from custody.hsm.admin.heads import CheckpointAdmin
from custody.hsm.admin.journal import JournalEntryAdmin
from custody.hsm.admin.keys import SigningKeyAdmin
from custody.hsm.admin.modules import HsmModuleAdmin
from custody.hsm.admin.requests import SigningRequestAdmin
from custody.hsm.admin.stops import SigningStopAdmin

__all__ = [
    "AddressAttestationAdmin",
    "CheckpointAdmin",
    "HsmModuleAdmin",
    "JournalEntryAdmin",
    "SigningKeyAdmin",
    "SigningRequestAdmin",
    "SigningStopAdmin",
    "TrustDraftAdmin",
]

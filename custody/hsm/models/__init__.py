"""Tables of the signing desk: requests and mirrors of the signer, drafts of trust documents, stops,
the register of modules."""

from custody.hsm.models.modules import HsmModule
from custody.hsm.models.offline import CarriedAnswer, OfflineSigner
from custody.hsm.models.published import SignerIdentity, SigningKey
from custody.hsm.models.signing import (
    AddressAttestation,
    Checkpoint,
    CollectedResult,
    JournalEntry,
    Outcome,
    RequestKind,
    SigningRequest,
    SigningResult,
)
from custody.hsm.models.stops import SigningStop
from custody.hsm.models.trust import TrustApproval, TrustDraft

__all__ = [
    "CarriedAnswer",
    "OfflineSigner",
    "AddressAttestation",
    "Checkpoint",
    "CollectedResult",
    "HsmModule",
    "JournalEntry",
    "Outcome",
    "RequestKind",
    "SignerIdentity",
    "SigningKey",
    "SigningRequest",
    "SigningResult",
    "SigningStop",
    "TrustApproval",
    "TrustDraft",
]

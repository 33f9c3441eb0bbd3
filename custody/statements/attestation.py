"""What the signer vouches for: all that stations and verifiers know besides the instance (section 8)."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from custody.statements.fields import InstanceId, Object, Time
from custody.statements.form import Document


@dataclass(frozen=True, kw_only=True)
class Attestation(Document):
    """Signed by the attest key over its hash."""

    FORMAT: ClassVar[str] = "custody/attestation/v1"

    instance: InstanceId
    kind: Literal["ADDRESS", "ASSET", "BOOK", "PERSON"]
    body: Object
    at: Time

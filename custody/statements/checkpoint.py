"""The signed head of a stream of the audit record or of the signer's store (formats section 8)."""

from dataclasses import dataclass
from typing import ClassVar

from custody.statements.fields import Count, Hash, InstanceId, StreamName, Time
from custody.statements.form import Document


@dataclass(frozen=True, kw_only=True)
class Checkpoint(Document):
    """``link`` is the hash at ``position``; signed by the checkpoint key (P-256) over its hash."""

    FORMAT: ClassVar[str] = "custody/checkpoint/v1"

    instance: InstanceId
    stream: StreamName
    position: Count
    link: Hash
    at: Time

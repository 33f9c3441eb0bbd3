"""A critical action of another system that waits for our people's word (CRITICAL requests)."""

from dataclasses import dataclass
from typing import ClassVar

from custody.statements.fields import Code, Hash, InstanceId, RequestId, Text, Time
from custody.statements.form import Document


@dataclass(frozen=True, kw_only=True)
class Critical(Document):
    """``id`` makes each occasion another document, so that no approval serves two of them.

    ``parameters`` is the SHA-256 of what the action is done with; whoever approves compares it
    with what ``system`` shows, because the parameters themselves do not travel here.
    """

    FORMAT: ClassVar[str] = "custody/critical/v1"

    id: RequestId
    instance: InstanceId
    system: Text
    action: Code
    parameters: Hash
    expires_at: Time

"""A critical action of another system that waits for our people's word (CRITICAL requests)."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from custody.statements.codecs import BadFieldError
from custody.statements.credential import PersonRole
from custody.statements.fields import Code, Hash, InstanceId, Positive, RequestId, Text, Time
from custody.statements.form import Document, Form, Many

# Actions on the signer itself are ordered at its console and never signed for anybody.
SIGNER = "signer"


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


@dataclass(frozen=True, kw_only=True)
class CriticalBinding(Form):
    """What a key for critical actions may sign: ``actions`` of one ``system``, each approved by ``people``
    distinct ones who hold one of ``roles``."""

    system: Text
    actions: Annotated[tuple[Code, ...], Many(as_set=True, least=1)]
    people: Positive
    roles: Annotated[tuple[PersonRole, ...], Many(as_set=True, least=1)]

    def __post_init__(self) -> None:
        if self.system == SIGNER:
            raise BadFieldError("the signer's own actions are for its console", field="/system")

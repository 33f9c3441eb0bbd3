"""The one file a signer store begins with (formats section 4).

``demo`` marks genesis files that no profile but the demonstration accepts.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from custody.statements.codecs import BadFieldError, Pattern
from custody.statements.credential import PersonCredential
from custody.statements.fields import Aaguid, Count, Hash, InstanceId, Positive, SetOf, Text, Time
from custody.statements.form import Document, Form
from custody.statements.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Station(Form):
    """An approval station: where it is served, its released code, whose attestations it believes."""

    origin: Text
    rp_id: Text
    code_hash: Hash
    attest_key: Annotated[str, Pattern("a public key in hex", r"(0[23])?[0-9a-f]{64}")]


@dataclass(frozen=True, kw_only=True)
class Genesis(Document):
    """``quorum`` people approve a trust document; ``delay_seconds`` pass before it counts."""

    FORMAT: ClassVar[str] = "custody/genesis/v1"

    instance: InstanceId
    demo: bool
    quorum: Positive
    delay_seconds: Count
    people: SetOf[PersonCredential]
    policy: Policy
    stations: SetOf[Station]
    aaguids: SetOf[Aaguid]
    created_at: Time

    def __post_init__(self) -> None:
        if len({entry.person for entry in self.people}) < self.quorum:
            raise BadFieldError("fewer people than the quorum", field="/people")

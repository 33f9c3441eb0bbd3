"""The trust document: one chain of epochs per stream."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from custody.statements.approval import Approval
from custody.statements.codecs import BadFieldError, Pattern
from custody.statements.credential import PersonCredential
from custody.statements.fields import Hash, InstanceId, PersonId, Positive, SetOf, Text, Time
from custody.statements.form import BySibling, Document, Form
from custody.statements.genesis import Station
from custody.statements.mandate import Mandate, MandateEnd
from custody.statements.trust import assets, book, deny, holds, keys, people, policies

TrustType = Literal[
    "ABI",
    "ADDRESS",
    "ADDRESS_REMOVE",
    "ASSET",
    "DENY_ADD",
    "DENY_REMOVE",
    "HOLD",
    "HOLD_END",
    "KEY_ACTIVATE",
    "KEY_STATE",
    "KEY_TEMPLATE",
    "KILL",
    "LEASE",
    "MANDATE",
    "MANDATE_END",
    "PERSON_CREDENTIAL",
    "PERSON_REVOKE",
    "POLICY",
    "RESTART",
    "STATION",
    "VETO",
]
BOOK = "book/"

# Types that can only take trust away: one person is enough, the maker too, and they count at once.
ALWAYS_TIGHTENING: frozenset[TrustType] = frozenset(
    {"PERSON_REVOKE", "ADDRESS_REMOVE", "MANDATE_END", "DENY_ADD", "HOLD", "KILL", "VETO", "LEASE"}
)

# Type → stream and form of the body; a type without a line here is refused.
TYPES: dict[str, tuple[str, type[Form]]] = {
    "PERSON_CREDENTIAL": ("people", PersonCredential),
    "PERSON_REVOKE": ("people", people.PersonRevoke),
    "POLICY": ("policy", policies.PolicyBody),
    "KEY_ACTIVATE": ("keys", keys.KeyActivate),
    "KEY_STATE": ("keys", keys.KeyStateChange),
    "KEY_TEMPLATE": ("keys", keys.KeyTemplate),
    "ASSET": ("assets", assets.AssetEntry),
    "ABI": ("assets", assets.Abi),
    "ADDRESS": (BOOK, book.BookAdd),
    "ADDRESS_REMOVE": (BOOK, book.BookRemove),
    "MANDATE": ("mandates", Mandate),
    "MANDATE_END": ("mandates", MandateEnd),
    "DENY_ADD": ("deny", deny.DeniedAddresses),
    "DENY_REMOVE": ("deny", deny.DeniedAddresses),
    "HOLD": ("holds", holds.Hold),
    "HOLD_END": ("holds", holds.HoldEnd),
    "LEASE": ("holds", holds.Lease),
    "KILL": ("holds", holds.Kill),
    "RESTART": ("holds", holds.Restart),
    "VETO": ("holds", holds.Veto),
    "STATION": ("station", Station),
}
FIRST_PREVIOUS = "00" * 32

TrustStream = Annotated[
    str,
    Pattern(
        "a trust stream", r"people|policy|keys|assets|mandates|deny|holds|station|book/[a-zA-Z0-9_]{1,31}"
    ),
]
_FORMS = {name: form for name, (_, form) in TYPES.items()}
Body = Annotated[Form, BySibling("type", _FORMS)]


def book_stream(client: str | None) -> str:
    """The address book of a client, or the house's own."""
    return f"{BOOK}{client or 'house'}"


@dataclass(frozen=True, kw_only=True)
class TrustDocument(Document):
    """``previous`` is the hash of the document ``epoch - 1`` of this stream, zeros for the first."""

    FORMAT: ClassVar[str] = "custody/trust/v1"

    instance: InstanceId
    stream: TrustStream
    epoch: Positive
    previous: Hash
    type: TrustType
    body: Body
    maker: PersonId
    reason: Text
    expires_at: Time

    def __post_init__(self) -> None:
        stream, _ = TYPES[self.type]
        if self.stream != stream and not (stream == BOOK and self.stream.startswith(BOOK)):
            raise BadFieldError("type of another stream", field="/stream")
        if (self.epoch == 1) != (self.previous == FIRST_PREVIOUS):
            raise BadFieldError("zeros belong to the first epoch, and to no other", field="/previous")


@dataclass(frozen=True, kw_only=True)
class ApprovedTrustDocument(Form):
    """A trust document as it travels."""

    document: TrustDocument
    approvals: SetOf[Approval]

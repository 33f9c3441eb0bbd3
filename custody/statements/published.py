"""What a signer publishes of itself (``signer.json``), as its mirrors read it.

Strict in the fields that are read, so that no odd file leaves half a mirror; fields that are not
known are left aside, because a newer signer says more than an older reader knows.
"""

from dataclasses import dataclass, fields
from typing import Annotated, Any

from custody.statements.codecs import BadFieldError, Pattern
from custody.statements.fields import Count, Hash, Hex, InstanceId, KeyId, ListOf, Object, Text, Time
from custody.statements.form import Form
from custody.statements.known_credential import KnownCredential
from custody.statements.mandate import Mandate
from custody.statements.policy import Policy
from custody.statements.request import CertificateUse
from custody.statements.trust.holds import Hold, Kill
from custody.statements.trust.keys import KeyActivate, PublicKey

# As wide as the columns that take them.
Word = Annotated[str, Pattern("a word of at most 16 characters", r"[A-Za-z][A-Za-z0-9_]{0,15}")]
Name = Annotated[str, Pattern("a name of at most 32 characters", r"[!-~]{1,32}")]


class Published(Form):
    """A form of which only the known fields are read."""

    @classmethod
    def _entries(cls, value: dict[str, Any], pointer: str) -> dict[str, Any]:
        known = {field.name.rstrip("_") for field in fields(cls)}  # type: ignore[arg-type]
        return {name: entry for name, entry in value.items() if name in known}


@dataclass(frozen=True, kw_only=True)
class PublishedCertificate(Published):
    """DER in hex, and of those above it."""

    use: CertificateUse
    certificate: Hex
    chain: ListOf[Hex]


@dataclass(frozen=True, kw_only=True)
class PublishedKey(Published):
    """A key of the signer's catalogue."""

    key: KeyId
    purpose: Word
    curve: Word
    public_key: PublicKey
    state: Word
    class_: Word | None = None
    backend: Name | None = None
    certificate: Hex | None = None
    activation: KeyActivate | None = None
    certificates: ListOf[PublishedCertificate] | None = None


@dataclass(frozen=True, kw_only=True)
class PublishedBackend(Published):
    """What a back-end says of its module, and the probe it has passed."""

    name: Name
    module: Object
    seen_at: Time
    cold: bool | None = None
    probe: Object | None = None


@dataclass(frozen=True, kw_only=True)
class StreamHead(Published):
    """Where a stream of trust documents stands."""

    stream: Text
    epoch: Count
    hash: Hash


@dataclass(frozen=True, kw_only=True)
class PublishedWaiting(Published):
    """A document whose delay runs; ``policy`` is the one it brings, if any."""

    document: Hash
    type: Text
    activates_at: Time
    policy: Policy | None = None


@dataclass(frozen=True, kw_only=True)
class PublishedHold(Hold):
    """A hold with the hash of its document."""

    document: Hash


@dataclass(frozen=True, kw_only=True)
class PublishedKill(Kill):
    """A kill with the hash of its document, or of the entry of its order."""

    document: Hash


@dataclass(frozen=True, kw_only=True)
class PublishedMandate(Published):
    """A mandate that has not ended, and since when it counts."""

    body: Mandate
    active_from: Time


@dataclass(frozen=True, kw_only=True)
class PublishedTrust(Published):
    """The state of the trust store; all of it is left out by the first release."""

    heads: ListOf[StreamHead] | None = None
    waiting: ListOf[PublishedWaiting] | None = None
    holds: ListOf[PublishedHold] | None = None
    kills: ListOf[PublishedKill] | None = None
    duty: ListOf[Time] | None = None
    mandates: ListOf[PublishedMandate] | None = None


@dataclass(frozen=True, kw_only=True)
class PublishedHead(Published):
    """The end of the journal; after ``recovered_at`` numbers begin again lower."""

    seq: Count
    hash: Hash
    recovered_at: Time | None = None


@dataclass(frozen=True, kw_only=True)
class PublishedSigner(Published):
    """The whole file; ``credentials`` and ``head`` are missing in those of earlier releases."""

    instance: InstanceId
    genesis: Hash
    demo: bool
    policy: Policy
    keys: ListOf[PublishedKey]
    backends: ListOf[PublishedBackend] | None = None
    trust: PublishedTrust | None = None
    credentials: ListOf[KnownCredential] | None = None
    head: PublishedHead | None = None

    def __post_init__(self) -> None:
        for name in ("key", "public_key"):
            if len({getattr(key, name) for key in self.keys}) != len(self.keys):
                raise BadFieldError("a key stands twice", field="/keys")

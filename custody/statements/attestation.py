"""What the signer vouches for: all that stations and verifiers know besides the instance (section 8).

Bodies by kind: PERSON the pinned credential, ASSET the entry of the registry, BOOK an entry of an
address book with its book, ADDRESS an address the signer issued (trust.md 17).
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from custody.statements.chains import check_address
from custody.statements.codecs import BadFieldError, Pattern
from custody.statements.fields import (
    Address,
    AnyId,
    Chain,
    Count,
    DealId,
    Hash,
    InstanceId,
    Object,
    Signature,
    Time,
    WalletId,
)
from custody.statements.form import Document, Form
from custody.statements.proof import ProofError, verify_ed25519, verify_p256
from custody.statements.trust.book import BookEntry

AttestKey = Annotated[str, Pattern("a public key in hex", r"(0[23])?[0-9a-f]{64}")]
BookStream = Annotated[str, Pattern("the stream of an address book", r"book/[a-zA-Z0-9_]{1,31}")]


@dataclass(frozen=True, kw_only=True)
class Attestation(Document):
    """Signed by the attest key over its hash."""

    FORMAT: ClassVar[str] = "custody/attestation/v1"

    instance: InstanceId
    kind: Literal["ADDRESS", "ASSET", "BOOK", "PERSON"]
    body: Object
    at: Time


@dataclass(frozen=True, kw_only=True)
class AttestedEntry(Form):
    """Body of BOOK: an entry that stands in ``book``, and the hash of the document that brought it."""

    book: BookStream
    document: Hash
    entry: BookEntry


@dataclass(frozen=True, kw_only=True)
class IssuedAddress(Form):
    """Body of ADDRESS: number ``index`` of those issued for a client, a deal or a wallet of the house."""

    client: AnyId | None = None
    deal: DealId | None = None
    wallet: WalletId | None = None
    chain: Chain
    address: Address
    index: Count

    def __post_init__(self) -> None:
        if [self.client, self.deal, self.wallet].count(None) != 2:
            raise BadFieldError("issued for one client, deal or wallet", field="")
        check_address(self.address, chain=self.chain, field="/address")

    @property
    def owner(self) -> str:
        """Id of the client, deal or wallet."""
        return self.client or self.deal or self.wallet or ""


@dataclass(frozen=True, kw_only=True)
class SignedAttestation(Form):
    """An attestation as it travels; 32 bytes are an Ed25519 key, 33 a point of P-256."""

    attestation: Attestation
    public_key: AttestKey
    signature: Signature

    def verify(self, attest_key: str) -> None:
        """Raise ProofError unless the pinned attest key (hex) signed."""
        if self.public_key != attest_key:
            raise ProofError("not the pinned attest key", field="/public_key")
        verify = verify_ed25519 if len(attest_key) == 64 else verify_p256
        verify(public_key=attest_key, digest=self.attestation.hash, signature=self.signature)

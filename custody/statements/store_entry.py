"""One entry of the signer's store: journal, catalogue and trust store in one chain (section 8).

Entry 0 is GENESIS; ``previous`` of the first is 32 zero bytes. What a body holds is decided by
its kind; the body that carries the sign-once promise, SIGN, has its form here.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar, Literal

from custody.statements.codecs import Pattern
from custody.statements.fields import Address, Chain, Count, Hash, KeyId, Object, SetOf, Time
from custody.statements.form import By, Document, Form

EntryKind = Literal["GENESIS", "KEY", "TERMS", "TRUST", "SEEN", "SIGN", "SIGNED", "REFUSED", "HEAD"]
FIRST_PREVIOUS = "00" * 32

Outpoint = Annotated[str, Pattern("an outpoint txid:n", r"[0-9a-f]{64}:(0|[1-9][0-9]{0,9})")]
SlotName = Annotated[
    str,
    Pattern(
        "a slot",
        r"btc:[0-9a-f]{64}:(0|[1-9][0-9]{0,9})"
        r"|(evm|safe):[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}:0x[0-9a-f]{40}:(0|[1-9][0-9]*)"
        r"|block:bip122:[0-9a-f]{32}:(0|[1-9][0-9]*):(0|[1-9][0-9]*)"
        r"|msg:custody/[a-z-]+/v[1-9][0-9]*:[0-9a-f]{64}",
    ),
]


@dataclass(frozen=True, kw_only=True)
class StoreEntry(Document):
    """``seq`` counts from 0 without a gap; ``previous`` is the hash of the entry before."""

    FORMAT: ClassVar[str] = "custody/store-entry/v1"

    seq: Count
    previous: Hash
    kind: EntryKind
    at: Time
    body: Object

    @cached_property
    def promise(self) -> "SignBody":
        """What a SIGN entry promises; raises InvalidInputError for an entry of another kind."""
        return SignBody.read(self.body)


@dataclass(frozen=True, kw_only=True)
class BitcoinAnchor(Form):
    """The outpoint that every attempt of an intent spends, so that one at most can confirm."""

    kind: Literal["btc"] = "btc"
    outpoint: Outpoint

    @property
    def text(self) -> str:
        """How the anchor stands in the unique columns; also the name of its slot."""
        return f"{self.kind}:{self.outpoint}"


@dataclass(frozen=True, kw_only=True)
class EvmAnchor(Form):
    """Account and nonce that every attempt of an intent uses."""

    kind: Literal["evm"] = "evm"
    chain: Chain
    account: Address
    nonce: Count

    @property
    def text(self) -> str:
        """How the anchor stands in the unique columns; also the name of its slot."""
        return f"{self.kind}:{self.chain}:{self.account}:{self.nonce}"


@dataclass(frozen=True, kw_only=True)
class SafeAnchor(Form):
    """Safe and its nonce that every attempt of an intent uses."""

    kind: Literal["safe"] = "safe"
    chain: Chain
    safe: Address
    nonce: Count

    @property
    def account(self) -> str:
        """The account whose nonce it is."""
        return self.safe

    @property
    def text(self) -> str:
        """How the anchor stands in the unique columns; also the name of its slot."""
        return f"{self.kind}:{self.chain}:{self.safe}:{self.nonce}"


Anchor = Annotated[BitcoinAnchor | EvmAnchor | SafeAnchor, By("kind")]


@dataclass(frozen=True, kw_only=True)
class Slot(Form):
    """What a key signs once: ``digest`` is the 32 bytes given to the token.

    ``child`` says which address of a derived wallet signs; other keys have none.
    """

    key: KeyId
    slot: SlotName
    digest: Hash
    child: Count | None = None


@dataclass(frozen=True, kw_only=True)
class SignBody(Form):
    """Body of SIGN, committed before the HSM is called; intent and anchor only for spends."""

    request_hash: Hash
    intent: Hash | None = None
    anchor: Anchor | None = None
    slots: SetOf[Slot]

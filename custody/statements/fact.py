"""Chain facts signed by the witness (formats section 7); price facts have no reader here."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from custody.statements.codecs import BadFieldError
from custody.statements.fields import Amount, Chain, Count, Hash, Hex, InstanceId, KeyId, Time
from custody.statements.form import Document, Form
from custody.statements.proof import Ed25519Proof

FactKind = Literal["PAYMENT", "SPENT", "HEIGHT"]
_PAYMENT_FIELDS = ("txid", "script", "amount", "depth")


@dataclass(frozen=True, kw_only=True)
class Block(Form):
    """The best block the witness knew."""

    height: Count
    hash: Hash


@dataclass(frozen=True, kw_only=True)
class Fact(Document):
    """Transaction ``txid`` pays (or spends) ``amount`` at ``script``, ``depth`` blocks deep; or a height."""

    FORMAT: ClassVar[str] = "custody/fact/v1"

    instance: InstanceId
    witness: KeyId
    kind: FactKind
    chain: Chain
    txid: Hash | None = None
    script: Hex | None = None
    amount: Amount | None = None
    depth: Count | None = None
    block: Block
    at: Time

    def __post_init__(self) -> None:
        for name in _PAYMENT_FIELDS:
            if (self.kind == "HEIGHT") != (getattr(self, name) is None):
                raise BadFieldError(f"does not fit kind {self.kind}", field=f"/{name}")


@dataclass(frozen=True, kw_only=True)
class ProvenFact(Form):
    """A fact with the witness's signature over its hash."""

    fact: Fact
    proof: Ed25519Proof

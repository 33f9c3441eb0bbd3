"""What lies at a script, signed by the witness: the second version of a fact (formats section 7).

A fact of the first version is about one transaction, or about a height; none of its kinds can say that
nothing is left.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from custody.statements.codecs import BadFieldError
from custody.statements.fact import Block, Fact, ProvenFact
from custody.statements.fields import Amount, Chain, Count, Hex, InstanceId, KeyId, Time
from custody.statements.form import ByFormat, Document, Form
from custody.statements.proof import Ed25519Proof


@dataclass(frozen=True, kw_only=True)
class Holdings(Document):
    """As of ``block`` there are ``coins`` unspent outputs at ``script``, ``amount`` satoshi together.

    Only what blocks hold is counted: a payment that is still on its way is not there yet.
    """

    FORMAT: ClassVar[str] = "custody/fact/v2"

    instance: InstanceId
    witness: KeyId
    kind: Literal["HOLDINGS"] = "HOLDINGS"
    chain: Chain
    script: Hex
    coins: Count
    amount: Amount
    block: Block
    at: Time

    def __post_init__(self) -> None:
        if self.amount and not self.coins:
            raise BadFieldError("an amount without coins", field="/amount")


@dataclass(frozen=True, kw_only=True)
class ProvenHoldings(Form):
    """Holdings with the witness's signature over their hash."""

    fact: Holdings
    proof: Ed25519Proof


AnyFact = Fact | Holdings
AnyProven = ProvenFact | ProvenHoldings
CarriedFact = Annotated[ProvenFact | ProvenHoldings, ByFormat("fact")]

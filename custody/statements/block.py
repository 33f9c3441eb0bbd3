"""Blocks that an application has signed: what a block key may sign, and what is asked of it."""

from dataclasses import dataclass
from typing import Annotated

from custody.chains.bitcoin.networks import network_of
from custody.statements.chains import check_address
from custody.statements.fields import Address, Chain, Count, Hex, ListOf, Positive, SomeOf
from custody.statements.form import Form, Many


@dataclass(frozen=True, kw_only=True)
class BlockPayload(Form):
    """The 80 bytes of a header with all its transactions, each in hex as a node spells it.

    ``previous``: full transactions outside the block that prove the amounts it spends. ``round``
    counts the proposals of one height.
    """

    header: Hex
    transactions: SomeOf[Hex]
    previous: ListOf[Hex]
    height: Count
    round: Count


@dataclass(frozen=True, kw_only=True)
class BlockBinding(Form):
    """What a block key may sign: headers of one Bitcoin network with one of ``versions``, not more than
    ``seconds`` away from the signer's clock, whose coinbase pays ``payees`` alone."""

    chain: Chain
    payees: Annotated[tuple[Address, ...], Many(as_set=True, least=1)]
    versions: Annotated[tuple[Positive, ...], Many(as_set=True, least=1)]
    seconds: Positive

    def __post_init__(self) -> None:
        network_of(self.chain, field="/chain")
        for index, address in enumerate(self.payees):
            check_address(address, chain=self.chain, field=f"/payees/{index}")

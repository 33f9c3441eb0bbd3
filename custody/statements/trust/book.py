"""Streams ``book/<client>`` and ``book/house``: addresses whose owner was proved to officers (trust.md 6).

A payee names the document that brought its address; the label in it is the only one people are shown.
"""

from dataclasses import dataclass

from custody.statements.chains import check_address
from custody.statements.fields import Address, Chain, SomeOf, Text
from custody.statements.form import Form


@dataclass(frozen=True, kw_only=True)
class BookEntry(Form):
    """One address; ``proof`` says how its ownership was shown."""

    chain: Chain
    address: Address
    label: Text
    proof: Text

    def __post_init__(self) -> None:
        check_address(self.address, chain=self.chain, field="/address")


@dataclass(frozen=True, kw_only=True)
class BookAdd(Form):
    """New entries of one book."""

    entries: SomeOf[BookEntry]


@dataclass(frozen=True, kw_only=True)
class BookRemove(Form):
    """Takes an address out, whichever document brought it."""

    chain: Chain
    address: Address

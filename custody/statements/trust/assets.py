"""Stream ``assets``: tokens and contracts the signer may touch (trust.md 9)."""

from dataclasses import dataclass
from typing import Annotated

from custody.statements.chains import check_address
from custody.statements.codecs import Pattern
from custody.statements.fields import Address, Asset, Chain, Count, Hash, SetOf
from custody.statements.form import Form

Symbol = Annotated[str, Pattern("a symbol of 1 to 12 letters and digits", r"[A-Za-z0-9]{1,12}")]
Method = Annotated[str, Pattern("a method like transfer(address,uint256)", r"[A-Za-z_]\w*\([\w,\[\]()]*\)")]


@dataclass(frozen=True, kw_only=True)
class AssetEntry(Form):
    """An asset in its base units; a token with the hashes of its code. ``removed`` takes it out."""

    asset: Asset
    symbol: Symbol
    decimals: Count
    contract: Address | None = None
    code_hash: Hash | None = None
    implementation_hash: Hash | None = None
    removed: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Abi(Form):
    """The methods of one contract that may be called; none takes the contract out."""

    chain: Chain
    contract: Address
    methods: SetOf[Method]

    def __post_init__(self) -> None:
        check_address(self.contract, chain=self.chain, field="/contract")

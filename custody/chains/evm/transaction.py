"""Unsigned Ethereum transactions: what they do, what they may cost, and the digest to sign.

Two kinds only: type 0 with replay protection (EIP-155) and type 2 (EIP-1559) with an empty access
list. Pointers of refusals are relative to the fields of the transaction.
"""

from dataclasses import dataclass
from functools import cached_property

import rlp
from eth_utils.crypto import keccak

from custody.chains.evm.address import address_bytes, refuse_zero
from custody.chains.evm.networks import MAX_CHAIN_ID, chain_of
from custody.common.errors import InvalidInputError

LEGACY = 0
FEE_MARKET = 2
# EIP-2930, EIP-4844, EIP-7702: they carry effects that no intent describes.
REFUSED_TYPES = {1: "evm_access_list", 3: "evm_blob", 4: "evm_set_code"}
# The least any transaction costs (Yellow Paper, G_transaction).
MIN_GAS = 21_000
MAX_WORD = 2**256 - 1
MAX_COUNT = 2**53 - 1

_PRICES = {LEGACY: ("gas_price",), FEE_MARKET: ("max_fee_per_gas", "max_priority_fee_per_gas")}
_LIMITS = {
    "nonce": (0, MAX_COUNT),
    "gas": (MIN_GAS, MAX_COUNT),
    "value": (0, MAX_WORD),
    "gas_price": (0, MAX_WORD),
    "max_fee_per_gas": (0, MAX_WORD),
    "max_priority_fee_per_gas": (0, MAX_WORD),
}


@dataclass(frozen=True, kw_only=True)
class UnsignedTransaction:
    """One transaction without signature; ``value`` and prices in wei, prices per gas.

    Cannot be made with fields that do not fit: raises InvalidInputError naming the first.
    """

    type: int
    chain_id: int
    nonce: int
    to: str | None
    value: int
    gas: int
    data: bytes = b""
    gas_price: int | None = None
    max_fee_per_gas: int | None = None
    max_priority_fee_per_gas: int | None = None

    def __post_init__(self) -> None:
        check_type(self.type)
        if not 0 < self.chain_id <= MAX_CHAIN_ID:
            raise InvalidInputError("not a chain id", code="evm_chain_id", field="/chain_id")
        if self.to is None:
            raise InvalidInputError("creates a contract", code="evm_contract_creation", field="/to")
        address_bytes(self.to, field="/to")
        refuse_zero(self.to, field="/to")
        self._check_prices()
        self._check_limits()

    @property
    def chain(self) -> str:
        """CAIP-2 id of the chain."""
        return chain_of(self.chain_id)

    @property
    def fee_rate(self) -> int:
        """The most that one gas may cost, in wei."""
        return (self.gas_price if self.type == LEGACY else self.max_fee_per_gas) or 0

    @property
    def priority_rate(self) -> int:
        """What of that, in wei per gas, goes to whoever puts the transaction into a block."""
        return (self.gas_price if self.type == LEGACY else self.max_priority_fee_per_gas) or 0

    @property
    def max_fee(self) -> int:
        """The most that the whole transaction may cost besides its value, in wei."""
        return self.gas * self.fee_rate

    @property
    def body(self) -> list[object]:
        """Fields in the order of the wire, without what follows them."""
        to = address_bytes(self.to, field="/to")
        if self.type == LEGACY:
            return [self.nonce, self.gas_price, self.gas, to, self.value, self.data]
        prices = [self.max_priority_fee_per_gas, self.max_fee_per_gas]
        return [self.chain_id, self.nonce, *prices, self.gas, to, self.value, self.data, []]

    @cached_property
    def digest(self) -> bytes:
        """32 bytes to sign."""
        return bytes(keccak(self.signing_bytes))

    @property
    def signing_bytes(self) -> bytes:
        """What the digest is taken of (EIP-155, EIP-1559)."""
        if self.type == LEGACY:
            return bytes(rlp.encode([*self.body, self.chain_id, 0, 0]))
        return bytes([self.type]) + bytes(rlp.encode(self.body))

    def _check_prices(self) -> None:
        for name in (*_PRICES[LEGACY], *_PRICES[FEE_MARKET]):
            if (getattr(self, name) is None) == (name in _PRICES[self.type]):
                raise InvalidInputError(
                    "price is missing or of another type", code="evm_price", field=f"/{name}"
                )

    def _check_limits(self) -> None:
        for name, (least, most) in _LIMITS.items():
            number = getattr(self, name)
            if number is not None and not least <= number <= most:
                raise InvalidInputError("number out of range", code="evm_range", field=f"/{name}")
        if (self.max_priority_fee_per_gas or 0) > self.fee_rate:
            place = "/max_priority_fee_per_gas"
            raise InvalidInputError(
                "priority fee is above the whole price", code="evm_priority_fee", field=place
            )
        if self.max_fee > MAX_WORD:
            raise InvalidInputError("gas times price is out of range", code="evm_range", field="/gas")


def check_type(kind: int) -> None:
    """Refuse every type but 0 and 2, the known ones each with its own code."""
    if kind not in _PRICES:
        code = REFUSED_TYPES.get(kind, "evm_type")
        raise InvalidInputError("type of transaction is not signed here", code=code, field="/type")

"""Payloads of requests on EVM chains: a transaction, or a transaction of a Safe (formats section 5).

Read for their spelling only, like a PSBT: what they do is decoded when somebody asks, so that a
refusal of a rule is recorded with the request it belongs to.
"""

import base64
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from custody.chains.evm.safe import SafeTx, read_text
from custody.chains.evm.transaction import UnsignedTransaction
from custody.statements.codecs import under
from custody.statements.fields import Address, Amount, Base64Text, Count, Hex
from custody.statements.form import Form


@dataclass(frozen=True, kw_only=True)
class EvmTxPayload(Form):
    """Fields of an unsigned transaction; amounts in wei, prices in wei per gas.

    ``gas_price`` belongs to type 0, the two others to type 2; empty ``data`` is left out.
    """

    type: Count
    chain_id: Count
    nonce: Count
    to: Address | None = None
    value: Amount
    data: Hex | None = None
    gas: Count
    gas_price: Amount | None = None
    max_fee_per_gas: Amount | None = None
    max_priority_fee_per_gas: Amount | None = None

    @classmethod
    def of(cls, transaction: UnsignedTransaction) -> Self:
        """The payload that asks for a signature over this transaction."""
        fields = {name: getattr(transaction, name) for name in cls.__dataclass_fields__ if name != "data"}
        return cls(**fields, data=transaction.data.hex() or None)

    @cached_property
    def transaction(self) -> UnsignedTransaction:
        """What is asked for; raises InvalidInputError with a pointer into the payload."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "data"}
        return UnsignedTransaction(**fields, data=bytes.fromhex(self.data or ""))


@dataclass(frozen=True, kw_only=True)
class SafeTxPayload(Form):
    """Typed data of a SafeTx as JSON text in base64: its names are not those of canonical JSON."""

    typed_data: Base64Text

    @classmethod
    def of(cls, safe_tx: SafeTx) -> Self:
        """The payload that asks for an owner's signature over this transaction."""
        return cls(typed_data=base64.b64encode(safe_tx.to_text()).decode())

    @cached_property
    def safe_tx(self) -> SafeTx:
        """What is asked for; raises InvalidInputError with a pointer into the payload."""
        with under("/typed_data"):
            return read_text(base64.b64decode(self.typed_data))

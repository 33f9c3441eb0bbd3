"""The facts of a transaction of an account of ours on an EVM chain."""

from dataclasses import dataclass
from functools import cached_property

from custody.chains.evm.call import PlainCall
from custody.chains.evm.transaction import UnsignedTransaction
from custody.hsm.signer.case import Message, payload_of
from custody.hsm.signer.kinds.account_case import AccountCase
from custody.hsm.signer.refusal import refusing
from custody.hsm.signer.store import attempts
from custody.hsm.signer.store.attempts import Attempt
from custody.policy.facts import SpendingAccount
from custody.statements.evm import EvmTxPayload
from custody.statements.store_entry import EvmAnchor

CANCEL = "CANCEL"


@dataclass(frozen=True)
class EvmCase(AccountCase):
    """The account is the key's own address."""

    PLACES = {
        "chain": "/payload/chain_id",
        "to": "/payload/to",
        "value": "/payload/value",
        "data": "/payload/data",
        "nonce": "/payload/nonce",
    }

    @cached_property
    def transaction(self) -> UnsignedTransaction:
        """What is asked for, in a type that is signed here."""
        with refusing("/payload"):
            return payload_of(self, EvmTxPayload).transaction

    @property
    def chain(self) -> str:
        return self.transaction.chain

    @property
    def call(self) -> PlainCall:
        return PlainCall(self.transaction.to or "", self.transaction.value, self.transaction.data)

    @property
    def account(self) -> SpendingAccount:
        """Gas limit times the highest price is what it may cost."""
        transaction = self.transaction
        return SpendingAccount(
            address=self.address,
            nonce=transaction.nonce,
            fee=transaction.max_fee,
            price=transaction.fee_rate,
            priority=transaction.priority_rate,
        )

    @cached_property
    def anchor(self) -> EvmAnchor:
        return EvmAnchor(chain=self.chain, account=self.address, nonce=self.transaction.nonce)

    @cached_property
    def replaced(self) -> Attempt | None:
        """The transaction whose nonce this one uses again: of this very intent, or of one it cancels."""
        last = attempts.last(self.anchor.text)
        if last is None or (last.intent != self.intent.hash and self.intent.kind != CANCEL):
            return None
        return last

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """One digest (EIP-155, EIP-1559) in the slot of its nonce."""
        return (Message(0, self.anchor.text, self.transaction.digest),)

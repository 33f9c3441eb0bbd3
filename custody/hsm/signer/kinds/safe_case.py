"""The facts of a Safe's transaction that a key of ours signs as one of its owners."""

from dataclasses import dataclass
from functools import cached_property

from custody.chains.evm.call import PlainCall
from custody.chains.evm.safe import SafeTx
from custody.hsm.signer.case import Message, payload_of
from custody.hsm.signer.kinds.account_case import AccountCase
from custody.hsm.signer.refusal import refusing
from custody.policy.facts import SpendingAccount
from custody.statements.evm import SafeTxPayload
from custody.statements.store_entry import SafeAnchor

MESSAGE = "/payload/typed_data/message"


@dataclass(frozen=True)
class SafeCase(AccountCase):
    """The account is the Safe of the key's wallet."""

    PLACES = {
        "chain": "/payload/typed_data/domain/chainId",
        "to": f"{MESSAGE}/to",
        "value": f"{MESSAGE}/value",
        "data": f"{MESSAGE}/data",
        "nonce": f"{MESSAGE}/nonce",
    }

    @cached_property
    def safe_tx(self) -> SafeTx:
        """What is asked for: one plain call that pays nobody for its gas."""
        with refusing("/payload"):
            return payload_of(self, SafeTxPayload).safe_tx

    @property
    def chain(self) -> str:
        return self.safe_tx.chain

    @property
    def call(self) -> PlainCall:
        return PlainCall(self.safe_tx.to, self.safe_tx.value, self.safe_tx.data)

    @property
    def account(self) -> SpendingAccount:
        """Whoever brings the transaction to the chain pays its gas, never the Safe."""
        return SpendingAccount(address=self.safe_tx.safe, nonce=self.safe_tx.nonce, fee=0)

    @cached_property
    def anchor(self) -> SafeAnchor:
        return SafeAnchor(chain=self.chain, safe=self.safe_tx.safe, nonce=self.safe_tx.nonce)

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """One digest (EIP-712) in the slot of the Safe's nonce."""
        return (Message(0, self.anchor.text, self.safe_tx.digest),)

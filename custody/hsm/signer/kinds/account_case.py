"""The facts of one call on an EVM chain, made by an account of ours or through a Safe.

It pays the chain's coin, a token of the registry, or calls a listed method: exactly one payee, and
nothing that the intent does not say (trust.md 9).
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from custody.chains.evm.abi import Method, decode_call, encode_call, read_method
from custody.chains.evm.call import PlainCall
from custody.chains.evm.token import decode_transfer, encode_transfer, moves_tokens
from custody.common import canonical
from custody.hsm.signer.case import Message
from custody.hsm.signer.kinds.intent_case import IntentCase
from custody.hsm.signer.refusal import Refusal, refusing
from custody.policy.facts import PaidOutput, SpendFacts, SpendingAccount, account_spend
from custody.statements.intent import Call, Payee
from custody.statements.trust.assets import AssetEntry

PAYEE = "/intent/payees/0"


@dataclass(frozen=True)
class AccountCase(IntentCase):
    """``PLACES``: where the request states chain, to, value, data and nonce, as JSON pointers."""

    PLACES: ClassVar[Mapping[str, str]] = {}

    @property
    @abstractmethod
    def chain(self) -> str:
        """CAIP-2 chain of the decoded bytes."""

    @property
    @abstractmethod
    def call(self) -> PlainCall:
        """What the decoded bytes do."""

    @property
    @abstractmethod
    def account(self) -> SpendingAccount:
        """Who pays, and what it may cost."""

    def place_of(self, message: Message) -> str:
        return self.PLACES["nonce"]

    @cached_property
    def payee(self) -> Payee:
        if len(self.intent.payees) != 1:
            raise Refusal("not_one_payee", "/intent/payees")
        return self.intent.payees[0]

    @cached_property
    def asset(self) -> AssetEntry:
        """The registry's entry: the coin of the chain, or a token with its contract."""
        entry = self.trust.asset(self.intent.asset, at=self.at)
        kind, _, reference = self.intent.asset.partition("/")[2].partition(":")
        if entry is None or (kind, entry.contract) not in {("slip44", None), ("erc20", reference)}:
            raise Refusal("unknown_asset", "/intent/asset")
        return entry

    @cached_property
    def method(self) -> Method:
        """The method of a contract call, listed by the contract's document."""
        wanted = self._wanted_call
        abi = self.trust.abi(wanted.contract, chain=self.intent.chain, at=self.at)
        if abi is None:
            raise Refusal("unknown_contract", f"{PAYEE}/call/contract")
        if wanted.method not in abi.methods:
            raise Refusal("unknown_method", f"{PAYEE}/call/method")
        with refusing(f"{PAYEE}/call"):
            return read_method(wanted.method)

    @cached_property
    def paid(self) -> SpendFacts:
        if self.payee.call is not None:
            output = self._called()
        else:
            output = self._token() if self.asset.contract else self._coin()
        return account_spend(intent=self.intent, account=self.account, paid=output)

    @property
    def wanted(self) -> PlainCall:
        """The one call that the intent means, encoded from nothing but the intent and the registry."""
        payee = self.payee
        if payee.call is not None:
            return PlainCall(payee.call.contract, payee.amount, encode_call(self.method, payee.call.args))
        if self.asset.contract is not None:
            return PlainCall(self.asset.contract, 0, encode_transfer(to=payee.to, amount=payee.amount))
        return PlainCall(payee.to, payee.amount)

    @property
    def _wanted_call(self) -> Call:
        if self.payee.call is None:
            raise Refusal("bad_field", f"{PAYEE}/call")
        return self.payee.call

    def _coin(self) -> PaidOutput:
        if self.call.data:
            raise Refusal("data_not_empty", self.PLACES["data"])
        return PaidOutput(to=self.call.to, amount=self.call.value)

    def _token(self) -> PaidOutput:
        if self.call.to != self.asset.contract:
            raise Refusal("contract_not_of_asset", self.PLACES["to"])
        if self.call.value:
            raise Refusal("value_with_token", self.PLACES["value"])
        with refusing():
            to, amount = decode_transfer(self.call.data, field=self.PLACES["data"])
        return PaidOutput(to=to, amount=amount)

    def _called(self) -> PaidOutput:
        """A call is no way round the limits of a token: payments in tokens name the token."""
        if self.asset.contract is not None:
            raise Refusal("call_pays_coin", "/intent/asset")
        if self.payee.to != self._wanted_call.contract:
            raise Refusal("payee_not_the_contract", f"{PAYEE}/to")
        method = self.method
        if moves_tokens(method.selector):
            raise Refusal("payment_as_call", f"{PAYEE}/call/method")
        with refusing():
            args = decode_call(method, self.call.data, field=self.PLACES["data"])
        # As bytes: in Python true equals 1, and what people saw was one of them.
        if canonical.encode(args) != canonical.encode(self._wanted_call.args):
            raise Refusal("arguments_differ", self.PLACES["data"])
        return PaidOutput(to=self.call.to, amount=self.call.value)

"""Wallets of the house on an EVM chain: an account, a Safe, a registry of assets, and their intents."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from custody.chains.evm.abi import encode_call, read_method
from custody.chains.evm.address import address_of_key
from custody.chains.evm.safe import SafeTx
from custody.chains.evm.token import encode_transfer
from custody.chains.evm.transaction import UnsignedTransaction
from custody.common.ids import new_id
from custody.hsm.signer.agreement import planned_action
from custody.hsm.signer.nonces import ACTION, NonceResync, WantedNonce
from custody.hsm.signer.store import selectors
from custody.statements.evm import EvmTxPayload, SafeTxPayload
from custody.statements.intent import Call, Fee, Intent, Payee, Reason, Source
from custody.statements.policy import CancelRule, Scope
from custody.statements.request import Request
from custody.statements.trust.assets import Abi, AssetEntry
from custody.statements.trust.keys import KeyLimits, Tier, WalletBinding
from tests.chains.evm.examples import CHAIN, PAYEE, SAFE, TOKEN
from tests.signer.genesis import APPROVER, FIRST, INSTANCE, OTHER_APPROVER, SECOND, TREASURER
from tests.signer.house import House, wallet_id
from tests.signer.officers import Officers

COIN = f"{CHAIN}/slip44:60"
USD = f"{CHAIN}/erc20:{TOKEN}"
VAULT = "0x1111111111111111111111111111111111111111"
GAS, PRICE = 60_000, 5 * 10**9
FEE = GAS * PRICE
ETHER = 10**18
DEPOSIT = "deposit(address,uint256,bool)"
METHODS = (DEPOSIT, "approve(address,uint256)", "stop()", "transfer(address,uint256)")
CANCELLING = CancelRule(scope=Scope(owners=("HOUSE",)), role="APPROVER", people=2)
ARGS = {"arg0": PAYEE, "arg1": "5", "arg2": True}
ONE_PAYEE = (Payee(to=PAYEE, amount=ETHER),)


def calling(**changes: Any) -> tuple[Payee, ...]:
    """A deposit of one ether into the vault; any part of the call may be changed."""
    values: dict[str, Any] = {"contract": VAULT, "method": DEPOSIT, "args": ARGS}
    return (Payee(to=VAULT, amount=ETHER, call=Call(**values | changes)),)


def deposit(**args: Any) -> bytes:
    return encode_call(read_method(DEPOSIT), ARGS | args)


def transfer(to: str = PAYEE, amount: int = ETHER) -> bytes:
    return encode_transfer(to=to, amount=amount)


@dataclass
class Accounts(House):
    """A house with an account (wallet 11) and a Safe (wallet 12), and the assets it may move."""

    account: str = field(init=False)
    owner: str = field(init=False)

    def __post_init__(self) -> None:
        self.officers = Officers(self.bench)
        if not selectors.trust().activations(at=self.bench.hands.now):
            self.furnish()
        self.key, self.account, self.owner = (self.key_of(number) for number in (1, 11, 12))

    def furnish(self) -> None:
        """Keys, registry and the quorum of the house, on a store right after genesis."""
        super().__post_init__()
        self.activate_on(self.make_key(11), wallet=11)
        self.activate_on(self.make_key(12), wallet=12, safe=SAFE)
        coin = AssetEntry(asset=COIN, symbol="ETH", decimals=18)
        token = AssetEntry(asset=USD, symbol="USD", decimals=6, contract=TOKEN)
        self.officers.accept("ASSET", coin)
        self.officers.accept("ASSET", token)
        self.officers.enact("ABI", Abi(chain=CHAIN, contract=VAULT, methods=METHODS))
        self.begin_at(7)

    def begin_at(self, nonce: int) -> None:
        """The account was used elsewhere before; officers say where it goes on."""
        wanted = WantedNonce(chain=CHAIN, account=self.evm_address(self.key_of(11)), nonce=nonce)
        action = planned_action(ACTION, wanted.parameters, at=self.bench.hands.now)
        said = self.officers.approvals(action, (FIRST, SECOND))
        order = NonceResync(action=action, approvals=said, wanted=wanted)
        self.bench.orders.give(kind="RESYNC_NONCE", body=order, reason="used before")
        self.bench.signer.handle_all([])

    def key_of(self, wallet: int) -> str:
        """The key of a wallet, by its activation."""
        activations = selectors.trust().activations(at=self.bench.hands.now)
        bound = {item.wallet.wallet: item.key for item in activations if item.wallet}
        return bound[wallet_id(wallet)]

    def activate_on(
        self, key: str, *, wallet: int, tier: Tier = "HOT", limits: KeyLimits | None = None,
        safe: str | None = None, chain: str = CHAIN,
    ) -> None:  # fmt: skip
        binding = WalletBinding(
            wallet=wallet_id(wallet), owner="HOUSE", chain=chain, safe=safe, tier=tier, limits=limits
        )
        body = replace(self.activation(key, wallet=wallet), wallet=binding)
        self.officers.accept("KEY_ACTIVATE", body)

    def public_key(self, key: str | None = None) -> bytes:
        known = selectors.key(key or self.account)
        assert known is not None
        return bytes.fromhex(known.public_key)

    def evm_address(self, key: str | None = None) -> str:
        return address_of_key(self.public_key(key))

    def wanted(self, wallet: int = 11, **changes: Any) -> Intent:
        """Pay one ether, or as many units of a token, out of the account."""
        now = self.bench.hands.now
        values: dict[str, Any] = {
            "id": new_id("int", at=now),
            "instance": INSTANCE,
            "kind": "TRANSFER",
            "asset": COIN,
            "source": Source(wallet=wallet_id(wallet), owner="HOUSE"),
            "payees": ONE_PAYEE,
            "fee": Fee(max=FEE),
            "reason": Reason(code="TREASURY", ref=wallet_id(wallet)),
            "maker": TREASURER,
            "policy": selectors.trust().policy(at=now).hash,
            "expires_at": now + timedelta(hours=24),
        }
        return Intent(**values | changes)

    def cancelling(self, intent: Intent, **changes: Any) -> Intent:
        """Nothing, from the account to itself, in place of ``intent``."""
        values: dict[str, Any] = {
            "kind": "CANCEL",
            "payees": (Payee(to=self.evm_address(), amount=0),),
            "fee": Fee(max=8 * FEE),
            "reason": Reason(code="TREASURY", ref=intent.id),
        }
        return self.wanted(**values | changes)

    def transaction(self, **changes: Any) -> UnsignedTransaction:
        values: dict[str, Any] = {
            "type": 2,
            "chain_id": 31337,
            "nonce": 7,
            "to": PAYEE,
            "value": ETHER,
            "gas": GAS,
            "max_fee_per_gas": PRICE,
            "max_priority_fee_per_gas": 10**9,
        }
        return UnsignedTransaction(**values | changes)

    def pay(self, intent: Intent | None = None, **changes: Any) -> Request:
        """EVM_TX for ``intent``: its coin paid by a plain transaction, of which any field may be changed."""
        return self.asked("EVM_TX", EvmTxPayload.of(self.transaction(**changes)), intent or self.wanted())

    def in_token(self, **changes: Any) -> Request:
        """The same amount in units of the token."""
        values: dict[str, Any] = {"to": TOKEN, "value": 0, "data": transfer()}
        return self.pay(self.wanted(asset=USD), **values | changes)

    def called(self, payees: tuple[Payee, ...] | None = None, **changes: Any) -> Request:
        """A contract call: the deposit."""
        intent = self.wanted(kind="CONTRACT_CALL", payees=payees or calling())
        return self.pay(intent, **{"to": VAULT, "data": deposit()} | changes)

    def safe_tx(self, **changes: Any) -> SafeTx:
        values: dict[str, Any] = {"chain_id": 31337, "safe": SAFE, "to": PAYEE, "value": ETHER, "nonce": 3}
        return SafeTx(**values | changes)

    def out_of_safe(self, intent: Intent | None = None, **changes: Any) -> Request:
        """SAFE_TX for ``intent``: one ether out of the Safe; any field may be changed."""
        intent = intent or self.wanted(12, kind="SAFE")
        return self.asked("SAFE_TX", SafeTxPayload.of(self.safe_tx(**changes)), intent, key=self.owner)

    def asked(
        self, kind: str, payload: EvmTxPayload | SafeTxPayload, intent: Intent, **parts: Any
    ) -> Request:
        people = parts.pop("people", (TREASURER, APPROVER, OTHER_APPROVER))
        values: dict[str, Any] = {
            "id": new_id("req", at=self.bench.hands.now),
            "instance": INSTANCE,
            "kind": kind,
            "key": self.account,
            "intent": intent,
            "approvals": self.officers.approvals(intent, people),
            "payload": payload,
        }
        return Request(**values | parts)

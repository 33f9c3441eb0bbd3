"""Transactions of EVM accounts and Safes that do something else than their intent, or are never signed."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from custody.chains.evm.abi import encode_call, read_method
from custody.statements.evm import EvmTxPayload, SafeTxPayload
from custody.statements.intent import Fee, Intent, Payee, Source
from custody.statements.request import Request
from custody.statements.trust.assets import Abi, AssetEntry
from custody.statements.trust.deny import DeniedAddresses
from custody.statements.trust.holds import Hold
from tests.chains.evm.examples import CHAIN, PAYEE, SAFE, TOKEN
from tests.signer.accounts import (
    ARGS,
    CANCELLING,
    ETHER,
    FEE,
    GAS,
    PRICE,
    USD,
    VAULT,
    Accounts,
    calling,
    deposit,
    transfer,
)
from tests.signer.attacks import Attack
from tests.signer.genesis import APPROVER, FIRST, IMPORTER, MACHINE, TREASURER
from tests.signer.house import HOUSE_QUORUM, wallet_id

Make = Callable[[Accounts], Request]
Case = tuple[str, str, str, Make]
CHEAP: dict[str, Any] = {"max_fee_per_gas": PRICE // 2, "max_priority_fee_per_gas": 10**8}
THIEF = "0x2222222222222222222222222222222222222222"
PERMIT2 = "0x000000000022d473030f116ddee9f6b43ac78ba3"
PAYLOAD, DATA = "/payload", "/payload/typed_data"
MESSAGE = f"{DATA}/message"


def _pay(**changes: Any) -> Make:
    return lambda accounts: accounts.pay(**changes)


def _token(**changes: Any) -> Make:
    return lambda accounts: accounts.in_token(**changes)


def _fields(**fields: Any) -> Make:
    """Fields that no unsigned transaction of ours could hold."""
    return lambda accounts: accounts.asked(
        "EVM_TX", replace(EvmTxPayload.of(accounts.transaction()), **fields), accounts.wanted()
    )


def _intent(**changes: Any) -> Make:
    return lambda accounts: accounts.pay(accounts.wanted(**changes))


def _people(*people: str) -> Make:
    return lambda accounts: accounts.asked(
        "EVM_TX", EvmTxPayload.of(accounts.transaction()), accounts.wanted(), people=people
    )


def _call(payees: tuple[Payee, ...] | None = None, **changes: Any) -> Make:
    return lambda accounts: accounts.called(payees, **changes)


def _method(signature: str, *, to: str = TOKEN, arguments: bytes = b"") -> Make:
    """The selector is enough: nobody looks at the arguments of what is never signed."""
    return _pay(to=to, value=0, data=read_method(signature).selector + arguments)


def _safe(**changes: Any) -> Make:
    return lambda accounts: accounts.out_of_safe(**changes)


def _typed(part: str, **changes: Any) -> Make:
    """Typed data with members that the codec's own type could not hold."""

    def make(accounts: Accounts) -> Request:
        data = json.loads(accounts.safe_tx().to_text())
        data[part] |= changes
        payload = SafeTxPayload(typed_data=base64.b64encode(json.dumps(data).encode()).decode())
        return accounts.asked("SAFE_TX", payload, accounts.wanted(12, kind="SAFE"), key=accounts.owner)

    return make


def _again(first: Callable[[Accounts, Any], Request], second: Callable[[Accounts, Any], Request]) -> Make:
    """One intent, signed before."""

    def make(accounts: Accounts) -> Request:
        intent = accounts.wanted(12, kind="SAFE") if first is _on_safe else accounts.wanted()
        assert accounts.bench.handle(first(accounts, intent)).outcome == "SIGNED"
        return second(accounts, intent)

    return make


def _on_safe(accounts: Accounts, intent: Any) -> Request:
    return accounts.out_of_safe(intent)


def _rival(accounts: Accounts) -> Request:
    """A second intent over the nonce of the first."""
    assert accounts.bench.handle(accounts.pay()).outcome == "SIGNED"
    return accounts.pay(accounts.wanted(payees=(Payee(to=THIEF, amount=ETHER),)), to=THIEF)


def _rival_of_safe(accounts: Accounts) -> Request:
    assert accounts.bench.handle(accounts.out_of_safe()).outcome == "SIGNED"
    other = accounts.wanted(12, kind="SAFE", payees=(Payee(to=THIEF, amount=ETHER),))
    return accounts.out_of_safe(other, to=THIEF)


def _gap(accounts: Accounts) -> Request:
    assert accounts.bench.handle(accounts.pay()).outcome == "SIGNED"
    return accounts.pay(nonce=9)


def _dearer_rival(accounts: Accounts) -> Request:
    """Every price higher, for another intent."""
    assert accounts.bench.handle(accounts.pay(**CHEAP)).outcome == "SIGNED"
    return accounts.pay()


def _cancelled(accounts: Accounts) -> Request:
    accounts.enact_policy(HOUSE_QUORUM, CANCELLING)
    intent = accounts.wanted()
    assert accounts.bench.handle(accounts.pay(intent, **CHEAP)).outcome == "SIGNED"
    assert accounts.bench.handle(_cancel(accounts, accounts.cancelling(intent))).outcome == "SIGNED"
    return accounts.pay(intent)


def _cancels_another(accounts: Accounts) -> Request:
    """What people wanted to stop was signed for no nonce yet; another payment is."""
    accounts.enact_policy(HOUSE_QUORUM, CANCELLING)
    assert accounts.bench.handle(accounts.pay(**CHEAP)).outcome == "SIGNED"
    return _cancel(accounts, accounts.cancelling(accounts.wanted()))


def _cancel(accounts: Accounts, intent: Intent) -> Request:
    return accounts.pay(intent, to=accounts.evm_address(), value=0)


def _words_about_another(accounts: Accounts) -> Request:
    other = accounts.wanted(payees=(Payee(to=THIEF, amount=ETHER),))
    words = accounts.officers.approvals(other, (TREASURER, APPROVER))
    return replace(accounts.pay(), approvals=words)


def _removed(accounts: Accounts) -> Request:
    entry = AssetEntry(asset=USD, symbol="USD", decimals=6, contract=TOKEN, removed=True)
    accounts.officers.accept("ASSET", entry, FIRST, maker=FIRST)
    return accounts.in_token()


def _contract_out(accounts: Accounts) -> Request:
    accounts.officers.accept("ABI", Abi(chain=CHAIN, contract=VAULT, methods=()), FIRST, maker=FIRST)
    return accounts.called()


def _denied(accounts: Accounts) -> Request:
    body = DeniedAddresses(chain=CHAIN, addresses=(PAYEE,))
    accounts.officers.accept("DENY_ADD", body, IMPORTER, maker=IMPORTER)
    return accounts.in_token()


def _held(accounts: Accounts) -> Request:
    accounts.officers.accept("HOLD", Hold(scope="WALLET", ref=wallet_id(12)), FIRST, maker=FIRST)
    return accounts.out_of_safe()


_APPROVE = {"arg0": THIEF, "arg1": "1"}

_PAYMENTS: tuple[Case, ...] = (
    ("another payee", "payee_differs", f"{PAYLOAD}/to", _pay(to=THIEF)),
    ("one wei more", "amount_differs", f"{PAYLOAD}/value", _pay(value=ETHER + 1)),
    ("one wei less", "amount_differs", f"{PAYLOAD}/value", _pay(value=ETHER - 1)),
    ("hidden data", "data_not_empty", f"{PAYLOAD}/data", _pay(data=b"\x01")),
    ("another chain", "wrong_chain", f"{PAYLOAD}/chain_id", _pay(chain_id=1)),
    ("more gas", "fee_above_intent", "/intent/fee/max", _pay(gas=GAS + 1)),
    ("a higher price of gas", "fee_above_intent", "/intent/fee/max", _pay(max_fee_per_gas=PRICE + 1)),
    ("a fee above the intent", "fee_above_intent", "/intent/fee/max", _intent(fee=Fee(max=FEE - 1))),
    ("an access list", "evm_access_list", f"{PAYLOAD}/type", _fields(type=1)),
    ("a blob", "evm_blob", f"{PAYLOAD}/type", _fields(type=3)),
    ("code for the account", "evm_set_code", f"{PAYLOAD}/type", _fields(type=4)),
    ("a type nobody knows", "evm_type", f"{PAYLOAD}/type", _fields(type=5)),
    ("a new contract", "evm_contract_creation", f"{PAYLOAD}/to", _fields(to=None)),
    ("two prices", "evm_price", f"{PAYLOAD}/gas_price", _fields(gas_price=1)),
    ("a gap in the nonces", "nonce_not_next", f"{PAYLOAD}/nonce", _gap),
    ("another intent on a used nonce", "slot_already_signed", f"{PAYLOAD}/nonce", _rival),
    (
        "the same intent on a new nonce", "intent_already_signed", "/intent",
        _again(lambda a, i: a.pay(i), lambda a, i: a.pay(i, nonce=8)),
    ),
    (
        "a replacement that no node takes", "replacement_too_cheap", f"{PAYLOAD}/max_fee_per_gas",
        _again(lambda a, i: a.pay(i, max_fee_per_gas=PRICE - 1), lambda a, i: a.pay(i)),
    ),
    (
        "a replacement for another payee", "payee_differs", f"{PAYLOAD}/to",
        _again(lambda a, i: a.pay(i, **CHEAP), lambda a, i: a.pay(i, to=THIEF)),
    ),
    (
        "a replacement on another nonce", "intent_already_signed", "/intent",
        _again(lambda a, i: a.pay(i, **CHEAP), lambda a, i: a.pay(i, nonce=8)),
    ),
    (
        "a replacement above the intent's fee", "fee_above_intent", "/intent/fee/max",
        _again(lambda a, i: a.pay(i, **CHEAP), lambda a, i: a.pay(i, gas=GAS + 1)),
    ),
    ("another intent that calls itself a replacement", "slot_already_signed", f"{PAYLOAD}/nonce",
     _dearer_rival),
    ("a payment that was cancelled", "intent_cancelled", "/intent", _cancelled),
    ("a cancellation of another payment", "cancels_another", "/intent/reason/ref", _cancels_another),
    ("two payees", "not_one_payee", "/intent/payees",
     _intent(payees=(Payee(to=PAYEE, amount=ETHER), Payee(to=THIEF, amount=1)))),
)  # fmt: skip
_TOKENS: tuple[Case, ...] = (
    ("another contract", "contract_not_of_asset", f"{PAYLOAD}/to", _token(to=THIEF)),
    ("coins besides", "value_with_token", f"{PAYLOAD}/value", _token(value=1)),
    ("another payee of the token", "payee_differs", f"{PAYLOAD}/data", _token(data=transfer(to=THIEF))),
    ("more of the token", "amount_differs", f"{PAYLOAD}/data", _token(data=transfer(amount=ETHER + 1))),
    ("bytes behind the arguments", "abi_not_canonical", f"{PAYLOAD}/data", _token(data=transfer() + b"\x00")),
    ("an argument cut short", "abi_malformed", f"{PAYLOAD}/data", _token(data=transfer()[:-1])),
    ("an unknown selector", "abi_selector", f"{PAYLOAD}/data", _token(data=bytes.fromhex("deadbeef"))),
    ("an asset taken out", "unknown_asset", "/intent/asset", _removed),
    ("a denied payee", "payee_denied", "/intent/payees/0/to", _denied),
)
_RIGHTS: tuple[Case, ...] = (
    ("approve", "call_allowance", f"{PAYLOAD}/data", _method("approve(address,uint256)")),
    ("increaseAllowance", "call_allowance", f"{PAYLOAD}/data", _method("increaseAllowance(address,uint256)")),
    ("setApprovalForAll", "call_allowance", f"{PAYLOAD}/data", _method("setApprovalForAll(address,bool)")),
    (
        "Permit (EIP-2612)", "call_permit", f"{PAYLOAD}/data",
        _method("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
    ),
    ("Permit2", "call_permit", f"{PAYLOAD}/data", _pay(to=PERMIT2, data=bytes.fromhex("deadbeef"))),
    (
        "approve, though officers listed it", "call_allowance", f"{PAYLOAD}/data",
        _call(calling(method="approve(address,uint256)", args=_APPROVE),
              data=encode_call(read_method("approve(address,uint256)"), _APPROVE)),
    ),
)  # fmt: skip
_CALLS: tuple[Case, ...] = (
    ("another argument", "arguments_differ", f"{PAYLOAD}/data", _call(data=deposit(arg1="6"))),
    (
        "an argument of another type", "arguments_differ", f"{PAYLOAD}/data",
        _call(calling(args=ARGS | {"arg2": 1})),
    ),
    (
        "a method nobody listed", "unknown_method", "/intent/payees/0/call/method",
        _call(calling(method="withdraw()", args={})),
    ),
    ("another selector than the method's", "abi_selector", f"{PAYLOAD}/data",
     _call(calling(method="stop()", args={}))),
    ("another contract than the payee", "payee_differs", f"{PAYLOAD}/to", _call(to=THIEF)),
    ("a contract taken out", "unknown_contract", "/intent/payees/0/call/contract", _contract_out),
    (
        "a token paid by a call", "payment_as_call", "/intent/payees/0/call/method",
        _call(calling(method="transfer(address,uint256)", args={"arg0": PAYEE, "arg1": str(ETHER)}),
              data=transfer()),
    ),
)  # fmt: skip
_WORDS: tuple[Case, ...] = (
    ("one approver", "approvals_missing", "/approvals", _people(TREASURER, APPROVER)),
    ("a machine as person", "approvals_missing", "/approvals", _people(TREASURER, APPROVER, MACHINE)),
    ("the maker did not sign", "maker_has_not_signed", "/approvals", _people(APPROVER)),
    ("words about another intent", "approval_of_another_subject", "/approvals/0/statement/subject",
     _words_about_another),
    ("a stale policy", "policy_changed", "/intent/policy", _intent(policy="00" * 32)),
    ("the money of another wallet", "wallet_of_another_key", "/intent/source/wallet",
     _intent(source=Source(wallet=wallet_id(12), owner="HOUSE"))),
    ("an asset of another chain", "chain_not_of_wallet", "/intent/asset",
     _intent(asset="eip155:1/slip44:60")),
    ("a cancellation nobody may approve", "no_rule_allows", "/intent/kind",
     lambda accounts: accounts.pay(accounts.cancelling(accounts.wanted()))),
)  # fmt: skip
_SAFE: tuple[Case, ...] = (
    ("a delegatecall", "safe_operation", f"{MESSAGE}/operation", _typed("message", operation=1)),
    ("a refund of gas", "safe_refund", f"{MESSAGE}/safeTxGas", _typed("message", safeTxGas=1)),
    ("a base of gas", "safe_refund", f"{MESSAGE}/baseGas", _typed("message", baseGas=1)),
    ("a price of gas", "safe_refund", f"{MESSAGE}/gasPrice", _typed("message", gasPrice="1")),
    ("a refund in a token", "safe_refund", f"{MESSAGE}/gasToken", _typed("message", gasToken=TOKEN)),
    ("a receiver of refunds", "safe_refund", f"{MESSAGE}/refundReceiver",
     _typed("message", refundReceiver=THIEF)),
    ("a hidden field", "safe_member", f"{MESSAGE}/hidden", _typed("message", hidden=1)),
    ("a hidden field of the domain", "safe_member", f"{DATA}/domain/name", _typed("domain", name="Safe")),
    ("types of its own", "safe_types", f"{DATA}/types", _typed("types", SafeTx=[])),
    ("another Safe", "safe_of_another_wallet", f"{DATA}/domain/verifyingContract", _safe(safe=VAULT)),
    ("another chain", "wrong_chain", f"{DATA}/domain/chainId", _safe(chain_id=1)),
    ("another payee", "payee_differs", f"{MESSAGE}/to", _safe(to=THIEF)),
    ("one wei more", "amount_differs", f"{MESSAGE}/value", _safe(value=ETHER + 1)),
    ("a new owner of the Safe", "data_not_empty", f"{MESSAGE}/data",
     _safe(to=SAFE, value=0, data=bytes.fromhex("0d582f13"))),
    ("an allowance out of the Safe", "call_allowance", f"{MESSAGE}/data",
     _safe(to=TOKEN, value=0, data=read_method("approve(address,uint256)").selector)),
    ("the same intent on a new nonce", "intent_already_signed", "/intent",
     _again(_on_safe, lambda a, i: a.out_of_safe(i, nonce=4))),
    ("another intent on a used nonce", "slot_already_signed", f"{MESSAGE}/nonce", _rival_of_safe),
    ("a held wallet", "held", "/intent/source/wallet", _held),
)  # fmt: skip

ATTACKS: tuple[Attack[Accounts], ...] = tuple(
    Attack(f"{surface}: {name}", rule, culprit, make)
    for surface, cases in (
        ("account", _PAYMENTS), ("token", _TOKENS), ("rights", _RIGHTS), ("call", _CALLS),
        ("words", _WORDS), ("safe", _SAFE),
    )
    for name, rule, culprit, make in cases
)  # fmt: skip

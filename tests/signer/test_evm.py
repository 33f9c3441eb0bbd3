"""EVM_TX: coins, tokens and listed calls out of an account of the house, and everything refused."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custody.chains.evm.abi import encode_call, read_method
from custody.chains.evm.address import checksum_address
from custody.chains.evm.denied import METHODS as DENIED
from custody.chains.evm.denied import PERMIT2
from custody.chains.evm.signed import decode_signed, finalize
from custody.hsm.signer import final_account
from custody.hsm.signer.kinds.evm_case import EvmCase
from custody.hsm.signer.kinds.registry import KINDS
from custody.hsm.signer.store import selectors
from custody.statements.evm import EvmTxPayload
from custody.statements.intent import Fee, Payee, Source
from custody.statements.mandate import Destination, MandateFee, Need
from custody.statements.parts import Window
from custody.statements.policy import AmountRule, DenyRule, GasPriceRule, PayeeRule, Scope, VelocityRule
from custody.statements.request import Request
from custody.statements.result import Result
from custody.statements.trust.assets import Abi, AssetEntry
from custody.statements.trust.deny import DeniedAddresses
from custody.statements.trust.holds import Hold, Kill, Restart
from custody.statements.trust.keys import KeyLimits
from tests.chains.evm.examples import ACCOUNT, CHAIN, PAYEE, SAFE, TOKEN
from tests.chains.evm.judge import Account
from tests.signer.accounts import (
    ARGS,
    COIN,
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
from tests.signer.genesis import APPROVER, FIRST, IMPORTER, OTHER_APPROVER, THIRD, TREASURER
from tests.signer.house import HOUSE_QUORUM, MANDATE, wallet_id
from tests.signer.test_house import refused, said

OTHER = "0x2222222222222222222222222222222222222222"
IN_CALL = "/intent/payees/0/call"


def handled(accounts: Accounts, request: Request) -> tuple[str, str | None, str | None]:
    return said(accounts.bench.handle(request))


def signed(accounts: Accounts, request: Request) -> Result:
    result = accounts.bench.handle(request)
    assert said(result) == ("SIGNED", None, None)
    return result


# --- what is signed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{}, {"type": 0, "gas_price": PRICE, "max_fee_per_gas": None, "max_priority_fee_per_gas": None}],
    ids=["fee market", "legacy"],
)
def test_a_payment_is_signed_by_the_pinned_account(accounts: Accounts, changes: dict[str, Any]) -> None:
    (made,) = signed(accounts, accounts.pay(**changes)).signatures
    assert (made.input, bytes.fromhex(made.public_key), len(made.signature)) == (
        0,
        accounts.public_key(),
        128,
    )
    sent = finalize(
        accounts.transaction(**changes),
        signature=bytes.fromhex(made.signature),
        public_key=accounts.public_key(),
    )
    assert Account.recover_transaction(sent.raw) == checksum_address(accounts.evm_address())
    assert decode_signed(sent.raw).transaction == accounts.transaction(**changes)


def test_a_token_is_paid_through_its_contract(accounts: Accounts) -> None:
    result = signed(accounts, accounts.in_token())
    seen = next(entry for entry in reversed(result.entries) if entry.kind == "SEEN")
    assert seen.body["spend"] == {
        "wallet": wallet_id(11),
        "asset": USD,
        "amount": str(ETHER),
        "fee": str(FEE),
    }


def test_a_listed_method_is_called(accounts: Accounts) -> None:
    assert handled(accounts, accounts.called())[0] == "SIGNED"


def test_the_journal_promises_one_digest_per_nonce(accounts: Accounts) -> None:
    result = signed(accounts, accounts.pay())
    sign = next(entry for entry in reversed(result.entries) if entry.kind == "SIGN")
    anchor = {"kind": "evm", "chain": CHAIN, "account": accounts.evm_address(), "nonce": 7}
    assert sign.body["anchor"] == anchor
    (slot,) = sign.body["slots"]
    assert slot["slot"] == f"evm:{CHAIN}:{accounts.evm_address()}:7"
    assert slot["digest"] == accounts.transaction().digest.hex()


def test_the_same_bytes_get_the_same_signature(accounts: Accounts) -> None:
    request = accounts.pay()
    first, again = accounts.bench.handle(request), accounts.bench.handle(request)
    assert first.signatures == again.signatures
    assert selectors.last_nonce(CHAIN, accounts.evm_address()) == 7


# --- one payment per intent, one intent per nonce -----------------------------------------------


def test_an_intent_is_signed_on_one_nonce(accounts: Accounts) -> None:
    intent = accounts.wanted()
    signed(accounts, accounts.pay(intent))
    assert handled(accounts, accounts.pay(intent, nonce=8)) == refused("intent_already_signed", "/intent")


def test_a_nonce_carries_one_digest(accounts: Accounts) -> None:
    signed(accounts, accounts.pay())
    assert handled(accounts, accounts.pay()) == refused("slot_already_signed", "/payload/nonce")
    other = accounts.pay(accounts.wanted(payees=(Payee(to=OTHER, amount=1),)), to=OTHER, value=1)
    assert handled(accounts, other) == refused("slot_already_signed", "/payload/nonce")


@pytest.mark.parametrize("nonce", [0, 6, 9, 2**53 - 1])
def test_the_next_nonce_follows_the_last(accounts: Accounts, nonce: int) -> None:
    signed(accounts, accounts.pay())
    assert handled(accounts, accounts.pay(nonce=nonce)) == refused("nonce_not_next", "/payload/nonce")
    signed(accounts, accounts.pay(nonce=8))


def test_a_refused_attempt_uses_no_nonce(accounts: Accounts) -> None:
    assert handled(accounts, accounts.pay(to=OTHER))[0] == "REFUSED"
    signed(accounts, accounts.pay())


def test_each_account_has_its_own_count(accounts: Accounts) -> None:
    other = accounts.make_key(13)
    accounts.activate_on(other, wallet=13)
    signed(accounts, accounts.pay())
    intent = accounts.wanted(13)
    payload = EvmTxPayload.of(accounts.transaction(nonce=0))
    signed(accounts, accounts.asked("EVM_TX", payload, intent, key=other))


def test_the_store_keeps_nonces_that_no_rule_kept(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed(accounts, accounts.pay())
    kind = KINDS["EVM_TX"]
    monkeypatch.setitem(KINDS, "EVM_TX", replace(kind, rules=kind.rules[:1]))
    for nonce in (6, 7, 9):
        assert handled(accounts, accounts.pay(nonce=nonce)) == refused("promise_broken", "")
    signed(accounts, accounts.pay(nonce=8))


# --- what the bytes may do ----------------------------------------------------------------------

UNKNOWN_TOKEN = f"{CHAIN}/erc20:{OTHER}"
EMPTY_ABI = Abi(chain=CHAIN, contract=VAULT, methods=())


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        ({"chain_id": 1}, "wrong_chain", "/payload/chain_id"),
        ({"to": OTHER}, "payee_differs", "/payload/to"),
        ({"value": ETHER + 1}, "amount_differs", "/payload/value"),
        ({"value": ETHER - 1}, "amount_differs", "/payload/value"),
        ({"data": b"\x01"}, "data_not_empty", "/payload/data"),
        ({"data": transfer(), "to": TOKEN, "value": 0}, "data_not_empty", "/payload/data"),
        ({"gas": GAS + 1}, "fee_above_intent", "/intent/fee/max"),
        ({"max_fee_per_gas": PRICE + 1}, "fee_above_intent", "/intent/fee/max"),
    ],
)
def test_refuses_a_payment_of_the_coin(
    accounts: Accounts, changes: dict[str, Any], rule: str, culprit: str
) -> None:
    assert handled(accounts, accounts.pay(**changes)) == refused(rule, culprit)


@pytest.mark.parametrize(
    ("fields", "rule", "culprit"),
    [
        ({"type": 1}, "evm_access_list", "/payload/type"),
        ({"type": 3}, "evm_blob", "/payload/type"),
        ({"type": 4}, "evm_set_code", "/payload/type"),
        ({"type": 5}, "evm_type", "/payload/type"),
        ({"to": None}, "evm_contract_creation", "/payload/to"),
        ({"gas": 20_999}, "evm_range", "/payload/gas"),
        ({"gas_price": 1}, "evm_price", "/payload/gas_price"),
        ({"max_priority_fee_per_gas": PRICE + 1}, "evm_priority_fee", "/payload/max_priority_fee_per_gas"),
    ],
)
def test_refuses_a_transaction_of_another_type(
    accounts: Accounts, fields: dict[str, Any], rule: str, culprit: str
) -> None:
    payload = replace(EvmTxPayload.of(accounts.transaction()), **fields)
    assert handled(accounts, accounts.asked("EVM_TX", payload, accounts.wanted())) == refused(rule, culprit)


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        ({"to": OTHER}, "contract_not_of_asset", "/payload/to"),
        ({"to": PAYEE, "value": ETHER, "data": b""}, "contract_not_of_asset", "/payload/to"),
        ({"value": 1}, "value_with_token", "/payload/value"),
        ({"data": b""}, "abi_selector", "/payload/data"),
        ({"data": transfer()[:-1]}, "abi_malformed", "/payload/data"),
        ({"data": transfer() + b"\x00"}, "abi_not_canonical", "/payload/data"),
        ({"data": transfer(to=OTHER)}, "payee_differs", "/payload/data"),
        ({"data": transfer(amount=ETHER + 1)}, "amount_differs", "/payload/data"),
    ],
)
def test_refuses_a_payment_of_a_token(
    accounts: Accounts, changes: dict[str, Any], rule: str, culprit: str
) -> None:
    assert handled(accounts, accounts.in_token(**changes)) == refused(rule, culprit)


def test_refuses_an_asset_nobody_registered(accounts: Accounts) -> None:
    intent = accounts.wanted(asset=UNKNOWN_TOKEN)
    request = accounts.pay(intent, to=OTHER, value=0, data=transfer())
    assert handled(accounts, request) == refused("unknown_asset", "/intent/asset")


@pytest.mark.parametrize(
    "entry",
    [
        AssetEntry(asset=UNKNOWN_TOKEN, symbol="BAD", decimals=6),
        AssetEntry(asset=UNKNOWN_TOKEN, symbol="BAD", decimals=6, contract=TOKEN),
        AssetEntry(asset=f"{CHAIN}/slip44:1", symbol="BAD", decimals=6, contract=TOKEN),
        AssetEntry(asset=f"{CHAIN}/erc721:{TOKEN}", symbol="BAD", decimals=0, contract=TOKEN),
    ],
)
def test_refuses_an_entry_that_is_neither_coin_nor_token(accounts: Accounts, entry: AssetEntry) -> None:
    accounts.officers.enact("ASSET", entry)
    request = accounts.pay(accounts.wanted(asset=entry.asset), to=TOKEN, value=0, data=transfer())
    assert handled(accounts, request) == refused("unknown_asset", "/intent/asset")


def test_a_removed_asset_is_paid_no_more(accounts: Accounts) -> None:
    entry = AssetEntry(asset=USD, symbol="USD", decimals=6, contract=TOKEN, removed=True)
    accounts.officers.accept("ASSET", entry, FIRST, maker=FIRST)
    assert handled(accounts, accounts.in_token()) == refused("unknown_asset", "/intent/asset")


def test_refuses_two_payees(accounts: Accounts) -> None:
    intent = accounts.wanted(payees=(Payee(to=PAYEE, amount=ETHER), Payee(to=OTHER, amount=1)))
    assert handled(accounts, accounts.pay(intent)) == refused("not_one_payee", "/intent/payees")


def test_nothing_on_the_denied_list_is_signed(accounts: Accounts) -> None:
    """Found by its selector alone: the arguments need not even fit."""
    intents = (
        accounts.wanted(),
        accounts.wanted(asset=USD),
        accounts.wanted(kind="CONTRACT_CALL", payees=calling()),
    )
    for method, code in DENIED.items():
        for intent in intents:
            request = accounts.pay(intent, to=TOKEN, value=0, data=read_method(method).selector)
            assert handled(accounts, request) == refused(code, "/payload/data"), method


def test_permit2_is_not_called_at_all(accounts: Accounts) -> None:
    request = accounts.pay(to=PERMIT2, data=bytes.fromhex("deadbeef"))
    assert handled(accounts, request) == refused("call_permit", "/payload/data")


# --- contract calls -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payees", "changes", "rule", "culprit"),
    [
        (calling(contract=OTHER), {}, "payee_not_the_contract", "/intent/payees/0/to"),
        (
            (replace(calling(contract=OTHER)[0], to=OTHER),),
            {"to": OTHER},
            "unknown_contract",
            f"{IN_CALL}/contract",
        ),
        (calling(method="withdraw()", args={}), {}, "unknown_method", f"{IN_CALL}/method"),
        (calling(args=ARGS | {"arg1": "6"}), {}, "arguments_differ", "/payload/data"),
        (calling(args=ARGS | {"arg2": 1}), {}, "arguments_differ", "/payload/data"),
        (calling(args=ARGS | {"arg3": "0"}), {}, "arguments_differ", "/payload/data"),
        (calling(), {"data": deposit(arg1="6")}, "arguments_differ", "/payload/data"),
        (calling(), {"data": deposit() + b"\x00"}, "abi_not_canonical", "/payload/data"),
        (calling(), {"data": b""}, "abi_selector", "/payload/data"),
        (calling(method="stop()", args={}), {}, "abi_selector", "/payload/data"),
        (calling(), {"to": OTHER}, "payee_differs", "/payload/to"),
        (calling(), {"value": 0}, "amount_differs", "/payload/value"),
    ],
)
def test_refuses_a_call(
    accounts: Accounts, payees: tuple[Payee, ...], changes: dict[str, Any], rule: str, culprit: str
) -> None:
    assert handled(accounts, accounts.called(payees, **changes)) == refused(rule, culprit)


def test_a_listed_method_that_gives_rights_away_is_still_refused(accounts: Accounts) -> None:
    method, args = "approve(address,uint256)", {"arg0": OTHER, "arg1": "1"}
    request = accounts.called(calling(method=method, args=args), data=encode_call(read_method(method), args))
    assert handled(accounts, request) == refused("call_allowance", "/payload/data")


def test_tokens_are_not_paid_by_a_call(accounts: Accounts) -> None:
    """It would go round everything that counts the token."""
    args = {"arg0": PAYEE, "arg1": str(ETHER)}
    request = accounts.called(calling(method="transfer(address,uint256)", args=args), data=transfer())
    assert handled(accounts, request) == refused("payment_as_call", f"{IN_CALL}/method")


def test_a_call_pays_in_the_coin(accounts: Accounts) -> None:
    intent = accounts.wanted(kind="CONTRACT_CALL", asset=USD, payees=calling())
    request = accounts.pay(intent, to=VAULT, data=deposit())
    assert handled(accounts, request) == refused("call_pays_coin", "/intent/asset")


def test_a_contract_taken_out_is_called_no_more(accounts: Accounts) -> None:
    accounts.officers.accept("ABI", EMPTY_ABI, FIRST, maker=FIRST)
    assert handled(accounts, accounts.called()) == refused("unknown_contract", f"{IN_CALL}/contract")


def test_a_denied_address_is_no_argument(accounts: Accounts) -> None:
    denied = DeniedAddresses(chain=CHAIN, addresses=(PAYEE,))
    accounts.officers.accept("DENY_ADD", denied, IMPORTER, maker=IMPORTER)
    assert handled(accounts, accounts.called()) == refused("payee_denied", f"{IN_CALL}/args")


# --- what it may cost ---------------------------------------------------------------------------


def test_the_price_is_within_the_intent(accounts: Accounts) -> None:
    low = accounts.wanted(fee=Fee(max=FEE, rate_max=PRICE - 1))
    assert handled(accounts, accounts.pay(low)) == refused("fee_rate_above_intent", "/intent/fee/rate_max")
    signed(accounts, accounts.pay(accounts.wanted(fee=Fee(max=FEE, rate_max=PRICE))))


def test_fees_are_within_the_budget_of_the_intent(accounts: Accounts) -> None:
    signed(accounts, accounts.in_token())
    window = Window(amount=2 * FEE - 1, seconds=3600)
    intent = accounts.wanted(fee=Fee(max=FEE, budget_window=window))
    request = accounts.pay(intent, nonce=8)
    assert handled(accounts, request) == refused("fee_above_budget", "/intent/fee/budget_window")
    accounts.bench.hands.pass_by(seconds=3600)
    signed(accounts, accounts.pay(intent, nonce=8))


# --- whose key, whose money ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        ({"kind": "SAFE"}, "intent_kind", "/intent/kind"),
        ({"kind": "GAP_FILL"}, "intent_kind", "/intent/kind"),
        ({"kind": "ESCROW_PAYOUT"}, "intent_kind", "/intent/kind"),
        ({"source": Source(wallet=wallet_id(11), owner="FEE")}, "intent_owner", "/intent/source/owner"),
        (
            {"source": Source(wallet=wallet_id(12), owner="HOUSE")},
            "wallet_of_another_key",
            "/intent/source/wallet",
        ),
        ({"asset": "eip155:1/slip44:60"}, "chain_not_of_wallet", "/intent/asset"),
        ({"policy": "00" * 32}, "policy_changed", "/intent/policy"),
        ({"maker": "per_01KAJ8Q0000000000000000077"}, "unknown_maker", "/intent/maker"),
    ],
)
def test_refuses_an_intent(accounts: Accounts, changes: dict[str, Any], rule: str, culprit: str) -> None:
    assert handled(accounts, accounts.pay(accounts.wanted(**changes))) == refused(rule, culprit)


def test_an_intent_ends_with_its_time(accounts: Accounts) -> None:
    request = accounts.pay()
    accounts.bench.hands.pass_by(hours=24)
    accounts.go_on_duty()
    assert handled(accounts, request) == refused("intent_expired", "/intent/expires_at")


def test_refuses_keys_of_other_wallets(accounts: Accounts) -> None:
    payload = EvmTxPayload.of(accounts.transaction())
    bitcoin = accounts.asked("EVM_TX", payload, accounts.wanted(1), key=accounts.key)
    assert handled(accounts, bitcoin) == refused("chain_not_of_wallet", "/intent/asset")
    of_a_safe = accounts.asked("EVM_TX", payload, accounts.wanted(12), key=accounts.owner)
    assert handled(accounts, of_a_safe) == refused("wallet_is_a_safe", "/key")
    mediator = replace(accounts.pay(), key=accounts.bench.key("mediator").id)
    assert handled(accounts, mediator) == refused("wrong_key_purpose", "/key")


@pytest.mark.parametrize(
    ("people", "rule"),
    [
        ((), "maker_has_not_signed"),
        ((APPROVER, OTHER_APPROVER), "maker_has_not_signed"),
        ((TREASURER, APPROVER), "approvals_missing"),
    ],
)
def test_refuses_without_the_quorum(accounts: Accounts, people: tuple[str, ...], rule: str) -> None:
    payload = EvmTxPayload.of(accounts.transaction())
    request = accounts.asked("EVM_TX", payload, accounts.wanted(), people=people)
    assert handled(accounts, request) == refused(rule, "/approvals")


@pytest.mark.parametrize(
    ("limits", "rule", "culprit"),
    [
        (KeyLimits(kinds=("SWEEP",)), "key_limit_kind", "/intent/kind"),
        (KeyLimits(payees=(OTHER,)), "key_limit_payee", "/intent/payees/0/to"),
        (KeyLimits(amount_max=ETHER - 1), "key_limit_amount", "/intent/payees"),
        (KeyLimits(fee_max=FEE - 1), "key_limit_fee", "/intent/fee/max"),
    ],
)
def test_limits_of_the_key_count(accounts: Accounts, limits: KeyLimits, rule: str, culprit: str) -> None:
    key = accounts.make_key(13)
    accounts.activate_on(key, wallet=13, limits=limits)
    payload = EvmTxPayload.of(accounts.transaction())
    assert handled(accounts, accounts.asked("EVM_TX", payload, accounts.wanted(13), key=key)) == refused(
        rule, culprit
    )


@pytest.mark.parametrize(
    ("rule", "code", "culprit"),
    [
        (AmountRule(scope=Scope(assets=(USD,)), max=ETHER - 1), "amount_above_max", "/intent/payees"),
        (AmountRule(scope=Scope(assets=(COIN,)), max=ETHER - 1), None, None),
        (DenyRule(scope=Scope(assets=(USD,))), "denied_by_rule", "/intent/kind"),
        (
            GasPriceRule(scope=Scope(assets=(USD,)), min=PRICE + 1, priority_min=1),
            "gas_price_below_min",
            "/payload",
        ),
        (
            GasPriceRule(scope=Scope(assets=(USD,)), min=PRICE, priority_min=10**9 + 1),
            "gas_priority_below_min",
            "/payload",
        ),
        (GasPriceRule(scope=Scope(assets=(USD,)), min=PRICE, priority_min=10**9), None, None),
        (GasPriceRule(scope=Scope(assets=(COIN,)), min=PRICE + 1, priority_min=1), None, None),
        (
            PayeeRule(scope=Scope(assets=(USD,)), addresses=(OTHER,), book=True, own=True),
            "payee_not_allowed",
            "/intent/payees/0/to",
        ),
    ],
)
def test_rules_of_the_policy_speak_about_a_token(
    accounts: Accounts, rule: Any, code: str | None, culprit: str | None
) -> None:
    accounts.enact_policy(HOUSE_QUORUM, rule)
    assert handled(accounts, accounts.in_token())[1:] == (code, culprit)


def test_velocity_counts_each_asset(accounts: Accounts) -> None:
    window = Window(amount=ETHER, seconds=3600)
    accounts.enact_policy(HOUSE_QUORUM, VelocityRule(scope=Scope(assets=(COIN,)), window=window))
    signed(accounts, accounts.pay())
    signed(accounts, accounts.in_token(nonce=8))
    assert handled(accounts, accounts.pay(nonce=9)) == refused("velocity_above_max", "/intent/payees")


# --- what stands still --------------------------------------------------------------------------


def test_a_kill_stops_until_a_restart_names_it(accounts: Accounts) -> None:
    kill = accounts.officers.accept("KILL", Kill(key=accounts.account), FIRST, maker=FIRST)
    assert handled(accounts, accounts.pay()) == refused("killed", "/key")
    accounts.officers.accept("RESTART", Restart(kill=kill.hash))
    signed(accounts, accounts.pay())


@pytest.mark.parametrize(
    ("hold", "culprit"),
    [
        (Hold(scope="WALLET", ref=wallet_id(11)), "/intent/source/wallet"),
        (Hold(scope="ADDRESS", ref=PAYEE), "/intent/payees/0/to"),
    ],
)
def test_a_hold_stops_what_it_names(accounts: Accounts, hold: Hold, culprit: str) -> None:
    accounts.officers.accept("HOLD", hold, THIRD, maker=THIRD)
    assert handled(accounts, accounts.in_token()) == refused("held", culprit)


def test_nobody_on_duty_stops_a_hot_account(accounts: Accounts) -> None:
    accounts.bench.hands.pass_by(hours=24)
    assert handled(accounts, accounts.pay()) == refused("nobody_on_duty", "/key")


def test_nobody_denied_is_paid_in_coin_or_token(accounts: Accounts) -> None:
    denied = DeniedAddresses(chain=CHAIN, addresses=(PAYEE,))
    accounts.officers.accept("DENY_ADD", denied, IMPORTER, maker=IMPORTER)
    assert handled(accounts, accounts.pay()) == refused("payee_denied", "/intent/payees/0/to")
    assert handled(accounts, accounts.in_token()) == refused("payee_denied", "/intent/payees/0/to")


# --- mandates -----------------------------------------------------------------------------------


@pytest.fixture
def cold(accounts: Accounts) -> str:
    """The address of a cold account of the house; sweeps to it are mandated."""
    key = accounts.make_key(14)
    accounts.activate_on(key, wallet=14, tier="COLD")
    mandated(accounts)
    return accounts.evm_address(key)


def mandated(accounts: Accounts, **changes: Any) -> None:
    values: dict[str, Any] = {
        "key": accounts.account,
        "chain": CHAIN,
        "asset": COIN,
        "destinations": (Destination(wallet=wallet_id(14)),),
        "cap_per_transaction": ETHER,
        "cap_window": Window(amount=2 * ETHER, seconds=86_400),
        "fee": MandateFee(max=FEE, window=Window(amount=2 * FEE, seconds=86_400)),
    }
    accounts.officers.enact("MANDATE", accounts.mandate(14, **values | changes))


def sweep(accounts: Accounts, to: str, *, amount: int = ETHER, nonce: int = 7, gas: int = GAS) -> Request:
    intent = accounts.wanted(kind="SWEEP", maker=MANDATE, payees=(Payee(to=to, amount=amount),))
    payload = EvmTxPayload.of(accounts.transaction(to=to, value=amount, nonce=nonce, gas=gas))
    return accounts.asked("EVM_TX", payload, intent, people=(), mandate=MANDATE)


def test_a_mandated_sweep_of_the_coin_needs_nobody(accounts: Accounts, cold: str) -> None:
    signed(accounts, sweep(accounts, cold))


def test_a_mandate_limits_what_it_sweeps(accounts: Accounts, cold: str) -> None:
    assert handled(accounts, sweep(accounts, PAYEE)) == refused("mandate_destination", "/intent/payees/0/to")
    assert handled(accounts, sweep(accounts, cold, amount=ETHER + 1)) == refused(
        "mandate_cap", "/intent/payees"
    )
    assert handled(accounts, sweep(accounts, cold, gas=GAS + 1)) == refused("mandate_fee", "/intent/fee/max")
    signed(accounts, sweep(accounts, cold))
    signed(accounts, sweep(accounts, cold, nonce=8))
    third = sweep(accounts, cold, amount=1, nonce=9)
    assert handled(accounts, third) == refused("mandate_cap_window", "/intent/payees")


def test_a_mandate_stops_when_nobody_is_on_duty(accounts: Accounts, cold: str) -> None:
    accounts.bench.hands.pass_by(hours=24)
    assert handled(accounts, sweep(accounts, cold)) == refused("nobody_on_duty", "/key")


def test_a_mandate_that_wants_coins_proved_covers_no_account(accounts: Accounts, cold: str) -> None:
    later = accounts.bench.hands.now + timedelta(days=90)
    mandated(accounts, needs=(Need(fact="PAYMENT", depth=6, max_age_seconds=60),), valid_until=later)
    assert handled(accounts, sweep(accounts, cold)) == refused("mandate_need", "/payload")


def test_a_safe_is_no_destination_of_a_mandate(accounts: Accounts, cold: str) -> None:
    mandated(accounts, destinations=(Destination(wallet=wallet_id(12)),))
    assert handled(accounts, sweep(accounts, SAFE)) == refused("mandate_destination", "/intent/payees/0/to")


# --- pass two -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lie",
    [
        {"to": OTHER},
        {"value": 1},
        {"data": b"\x01"},
        {"nonce": 8},
        {"chain_id": 1},
        {"gas": GAS + 1},
    ],
    ids=str,
)
def test_a_final_transaction_that_is_not_the_intent_suspends_the_key(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, lie: dict[str, Any]
) -> None:
    """As if the bytes that would be sent were others than those that were judged."""
    with monkeypatch.context() as lying:
        lying.setattr(final_account, "decode_signed", lambda raw: lied(decode_signed(raw), lie))
        result = accounts.bench.handle(accounts.pay())
    assert (result.outcome, result.rule) == ("FAILED", "token_result_wrong")
    known = selectors.key(accounts.account)
    assert known is not None
    assert known.state == "SUSPENDED"


def lied(sent: Any, lie: dict[str, Any]) -> Any:
    return replace(sent, transaction=replace(sent.transaction, **lie))


def test_a_signature_of_another_account_suspends_the_key(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as lying:
        lying.setattr(final_account, "decode_signed", lambda raw: replace(decode_signed(raw), sender=ACCOUNT))
        result = accounts.bench.handle(accounts.pay())
    assert (result.outcome, result.rule) == ("FAILED", "token_result_wrong")


def test_the_wanted_call_is_what_is_sent(accounts: Accounts) -> None:
    """Pass one decodes and pass two encodes; for each form of payment both say the same."""
    for request in (accounts.pay(), accounts.in_token(), accounts.called()):
        case = EvmCase(request, accounts.bench.hands.now)
        assert case.wanted == case.call

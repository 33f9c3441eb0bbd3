"""EVM_TX again on a nonce that was used: a replacement of the same intent, or its cancellation."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from custody.chains.evm.address import checksum_address
from custody.chains.evm.signed import decode_signed, finalize
from custody.hsm.signer.kinds import registry
from custody.hsm.signer.store import attempts, models, selectors
from custody.hsm.token.errors import TokenUnavailableError
from custody.statements.evm import EvmTxPayload
from custody.statements.intent import Fee, Intent, Payee, Source
from custody.statements.parts import Window
from custody.statements.policy import GasPriceRule, Scope, VelocityRule
from custody.statements.request import Request
from custody.statements.trust.holds import Kill
from tests.chains.evm.examples import CHAIN, PAYEE
from tests.chains.evm.judge import Account
from tests.signer.accounts import (
    CANCELLING,
    COIN,
    ETHER,
    FEE,
    GAS,
    PRICE,
    USD,
    Accounts,
    calling,
    deposit,
    transfer,
)
from tests.signer.genesis import APPROVER, FIRST, OTHER_APPROVER, TREASURER
from tests.signer.house import HOUSE_QUORUM, wallet_id
from tests.signer.test_evm import OTHER, handled, signed
from tests.signer.test_house import refused

GWEI = 10**9
LEGACY: dict[str, Any] = {"type": 0, "max_fee_per_gas": None, "max_priority_fee_per_gas": None}
DEARER: dict[str, Any] = {"max_fee_per_gas": PRICE * 9 // 8, "max_priority_fee_per_gas": GWEI * 9 // 8}


@pytest.fixture
def accounts(accounts: Accounts) -> Accounts:
    """Officers allow two approvers to cancel."""
    accounts.enact_policy(HOUSE_QUORUM, CANCELLING)
    return accounts


def stuck(accounts: Accounts, **changes: Any) -> Intent:
    """An intent that may cost four times what its first transaction on nonce 7 offers."""
    intent = accounts.wanted(**{"fee": Fee(max=4 * FEE)} | changes)
    signed(accounts, accounts.pay(intent))
    return intent


def cancel(accounts: Accounts, of: Intent, intent: Intent | None = None, **changes: Any) -> Request:
    own = {"to": accounts.evm_address(), "value": 0}
    return accounts.pay(intent or accounts.cancelling(of), **own | DEARER | changes)


# --- the same intent at a higher price ------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, DEARER),
        ({}, {"gas": GAS // 2, **DEARER}),
        ({}, {**LEGACY, "gas_price": PRICE * 9 // 8}),
        ({**LEGACY, "gas_price": PRICE}, {**LEGACY, "gas_price": PRICE * 9 // 8}),
        (
            {**LEGACY, "gas_price": PRICE},
            {"max_fee_per_gas": 2 * PRICE, "max_priority_fee_per_gas": PRICE * 9 // 8},
        ),
        ({"max_priority_fee_per_gas": 0}, {"max_fee_per_gas": 2 * PRICE, "max_priority_fee_per_gas": 1}),
    ],
)
def test_a_dearer_transaction_takes_the_nonce_of_the_first(
    accounts: Accounts, first: dict[str, Any], second: dict[str, Any]
) -> None:
    intent = accounts.wanted(fee=Fee(max=4 * FEE))
    signed(accounts, accounts.pay(intent, **first))
    (made,) = signed(accounts, accounts.pay(intent, **second)).signatures
    wanted = accounts.transaction(**second)
    key = accounts.public_key()
    sent = finalize(wanted, signature=bytes.fromhex(made.signature), public_key=key)
    assert Account.recover_transaction(sent.raw) == checksum_address(accounts.evm_address())
    assert decode_signed(sent.raw).transaction == wanted
    assert selectors.intent_anchor(intent.hash) == f"evm:{CHAIN}:{accounts.evm_address()}:7"
    assert selectors.last_nonce(CHAIN, accounts.evm_address()) == 7
    signed(accounts, accounts.pay(nonce=8))


def test_tokens_and_calls_are_replaced_too(accounts: Accounts) -> None:
    token = accounts.wanted(asset=USD, fee=Fee(max=4 * FEE))
    call = accounts.wanted(kind="CONTRACT_CALL", payees=calling(), fee=Fee(max=4 * FEE))
    in_token = {"to": accounts.in_token().to_json()["payload"]["to"], "value": 0, "data": transfer()}
    in_call = {"to": call.payees[0].to, "data": deposit(), "nonce": 8}
    for intent, fields in ((token, in_token), (call, in_call)):
        signed(accounts, accounts.pay(intent, **fields))
        signed(accounts, accounts.pay(intent, **fields, **DEARER))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "max_fee_per_gas"),
        ({"gas": GAS + 1}, "max_fee_per_gas"),
        (DEARER | {"max_fee_per_gas": PRICE * 9 // 8 - 1}, "max_fee_per_gas"),
        (DEARER | {"max_priority_fee_per_gas": GWEI * 9 // 8 - 1}, "max_priority_fee_per_gas"),
        (DEARER | {"max_priority_fee_per_gas": GWEI}, "max_priority_fee_per_gas"),
        ({**LEGACY, "gas_price": PRICE * 9 // 8 - 1}, "gas_price"),
    ],
)
def test_a_replacement_that_nodes_would_drop_is_not_signed(
    accounts: Accounts, changes: dict[str, Any], field: str
) -> None:
    intent = stuck(accounts)
    request = accounts.pay(intent, **changes)
    assert handled(accounts, request) == refused("replacement_too_cheap", f"/payload/{field}")


def test_without_a_tip_the_next_needs_one(accounts: Accounts) -> None:
    intent = accounts.wanted(fee=Fee(max=4 * FEE))
    signed(accounts, accounts.pay(intent, max_priority_fee_per_gas=0))
    again = accounts.pay(intent, max_fee_per_gas=2 * PRICE, max_priority_fee_per_gas=0)
    assert handled(accounts, again) == refused("replacement_too_cheap", "/payload/max_priority_fee_per_gas")


def test_each_replaces_the_last(accounts: Accounts) -> None:
    intent = stuck(accounts)
    signed(accounts, accounts.pay(intent, max_fee_per_gas=2 * PRICE, max_priority_fee_per_gas=2 * GWEI))
    between = accounts.pay(intent, **DEARER)
    assert handled(accounts, between) == refused("replacement_too_cheap", "/payload/max_fee_per_gas")
    signed(accounts, accounts.pay(intent, max_fee_per_gas=3 * PRICE, max_priority_fee_per_gas=3 * GWEI))


@pytest.mark.parametrize(
    ("fee", "rule", "culprit"),
    [
        (Fee(max=FEE * 9 // 8 - 1), "fee_above_intent", "/intent/fee/max"),
        (Fee(max=4 * FEE, rate_max=PRICE * 9 // 8 - 1), "fee_rate_above_intent", "/intent/fee/rate_max"),
        (
            Fee(max=4 * FEE, budget_window=Window(amount=FEE * 9 // 8 - 1, seconds=60)),
            "fee_above_budget",
            "/intent/fee/budget_window",
        ),
    ],
)
def test_it_stays_within_what_was_approved(accounts: Accounts, fee: Fee, rule: str, culprit: str) -> None:
    intent = stuck(accounts, fee=fee)
    assert handled(accounts, accounts.pay(intent, **DEARER)) == refused(rule, culprit)


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        ({"to": OTHER}, "payee_differs", "/payload/to"),
        ({"value": ETHER + 1}, "amount_differs", "/payload/value"),
        ({"data": b"\x01"}, "data_not_empty", "/payload/data"),
        ({"chain_id": 1}, "wrong_chain", "/payload/chain_id"),
        ({"nonce": 8}, "intent_already_signed", "/intent"),
        ({"nonce": 6}, "intent_already_signed", "/intent"),
    ],
)
def test_it_does_nothing_else_and_nowhere_else(
    accounts: Accounts, changes: dict[str, Any], rule: str, culprit: str
) -> None:
    intent = stuck(accounts)
    assert handled(accounts, accounts.pay(intent, **DEARER | changes)) == refused(rule, culprit)


def test_another_intent_does_not_take_the_nonce(accounts: Accounts) -> None:
    stuck(accounts)
    other = accounts.pay(accounts.wanted(fee=Fee(max=4 * FEE)), **DEARER)
    assert handled(accounts, other) == refused("slot_already_signed", "/payload/nonce")


def test_it_is_judged_as_if_it_were_the_first(accounts: Accounts) -> None:
    intent = stuck(accounts)
    dearer = accounts.pay(intent, **DEARER)
    payload = dearer.payload
    assert payload is not None
    alone = accounts.asked("EVM_TX", payload, intent, people=(TREASURER, APPROVER))  # type: ignore[arg-type]
    assert handled(accounts, alone) == refused("approvals_missing", "/approvals")
    accounts.officers.accept("KILL", Kill(key=accounts.account), FIRST, maker=FIRST)
    assert handled(accounts, dearer) == refused("killed", "/key")


def test_it_ends_with_the_intent(accounts: Accounts) -> None:
    intent = stuck(accounts)
    accounts.bench.hands.pass_by(hours=24)
    accounts.go_on_duty()
    late = accounts.pay(intent, **DEARER)
    assert handled(accounts, late) == refused("intent_expired", "/intent/expires_at")


def test_the_least_price_of_the_policy_counts(accounts: Accounts) -> None:
    """Officers raise it, and the web side can neither begin nor go on below."""
    floor = GasPriceRule(scope=Scope(assets=(COIN,)), min=2 * PRICE, priority_min=2 * GWEI)
    accounts.enact_policy(HOUSE_QUORUM, floor)
    intent = accounts.wanted(fee=Fee(max=4 * FEE))
    assert handled(accounts, accounts.pay(intent)) == refused("gas_price_below_min", "/payload")
    dear = accounts.pay(intent, max_fee_per_gas=2 * PRICE)
    assert handled(accounts, dear) == refused("gas_priority_below_min", "/payload")
    signed(accounts, accounts.pay(intent, max_fee_per_gas=2 * PRICE, max_priority_fee_per_gas=2 * GWEI))


# --- what it counts for -----------------------------------------------------------------------------


def test_velocity_counts_an_intent_once(accounts: Accounts) -> None:
    window = Window(amount=2 * ETHER, seconds=3600)
    accounts.enact_policy(HOUSE_QUORUM, VelocityRule(scope=Scope(assets=(COIN,)), window=window))
    intent = stuck(accounts)
    signed(accounts, accounts.pay(intent, **DEARER))
    signed(accounts, accounts.pay(nonce=8))
    assert handled(accounts, accounts.pay(nonce=9)) == refused("velocity_above_max", "/intent/payees")


@pytest.mark.parametrize("gas", [GAS, GAS // 2])
def test_the_largest_fee_counts_from_the_last_attempt_on(accounts: Accounts, gas: int) -> None:
    intent = stuck(accounts)
    accounts.bench.hands.pass_by(seconds=3000)
    signed(accounts, accounts.pay(intent, gas=gas, **DEARER))
    accounts.bench.hands.pass_by(seconds=1000)
    largest = max(FEE, gas * DEARER["max_fee_per_gas"])

    def later(limit: int) -> Request:
        window = Window(amount=limit, seconds=3600)
        return accounts.pay(accounts.wanted(fee=Fee(max=FEE, budget_window=window)), nonce=8)

    too_little = handled(accounts, later(largest + FEE - 1))
    assert too_little == refused("fee_above_budget", "/intent/fee/budget_window")
    signed(accounts, later(largest + FEE))


def test_the_past_of_a_wallet_names_each_intent_once(accounts: Accounts) -> None:
    intent, before = stuck(accounts), accounts.bench.hands.now
    accounts.bench.hands.pass_by(seconds=10)
    signed(accounts, accounts.pay(intent, **DEARER))
    signed(accounts, accounts.pay(nonce=8))
    past = selectors.spends_of(wallet_id(11), since=before)
    assert sorted((item.amount, item.fee) for item in past) == [(ETHER, FEE), (ETHER, FEE * 9 // 8)]
    assert {item.at for item in past} == {accounts.bench.hands.now}
    besides = selectors.spends_of(wallet_id(11), since=before, besides=intent.hash)
    assert [item.fee for item in besides] == [FEE]


# --- what the store keeps -----------------------------------------------------------------------------


def test_the_same_bytes_get_the_same_signature(accounts: Accounts) -> None:
    intent = stuck(accounts)
    request = accounts.pay(intent, **DEARER)
    assert accounts.bench.handle(request).signatures == accounts.bench.handle(request).signatures
    assert models.Attempt.objects.count() == 2
    assert models.Slot.objects.filter(slot=f"evm:{CHAIN}:{accounts.evm_address()}:7").count() == 1


def test_accounts_may_sign_the_very_same_transaction(accounts: Accounts) -> None:
    """An unsigned transaction does not say whose it is."""
    for wallet in (13, 14):
        key = accounts.make_key(wallet)
        accounts.activate_on(key, wallet=wallet)
        payload = EvmTxPayload.of(accounts.transaction(nonce=0))
        signed(accounts, accounts.asked("EVM_TX", payload, accounts.wanted(wallet), key=key))
    first, second = models.Attempt.objects.order_by("entry_id")
    assert (first.digest, first.number, second.number) == (second.digest, 1, 1)


def test_a_promised_replacement_is_signed_when_the_token_is_back(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = accounts.pay(stuck(accounts), **DEARER)

    def gone(*_: object) -> bytes:
        raise TokenUnavailableError("gone")

    with monkeypatch.context() as away:
        away.setattr(accounts.bench.token, "make_all", gone)
        assert accounts.bench.handle(request).outcome == "FAILED"
    signed(accounts, request)
    assert models.Attempt.objects.count() == 2


def without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    kind = registry.KINDS["EVM_TX"]
    rules = tuple(rule for rule in kind.rules if getattr(rule, "__name__", "") not in names)
    monkeypatch.setitem(registry.KINDS, "EVM_TX", replace(kind, rules=rules))


def test_the_store_itself_takes_no_cheaper_one(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    intent = stuck(accounts)
    without(monkeypatch, "replacement_pays_more")
    assert handled(accounts, accounts.pay(intent, gas=GAS + 1)) == refused("promise_broken", "")
    assert handled(accounts, accounts.pay(intent, max_fee_per_gas=PRICE - 1)) == refused("promise_broken", "")
    assert handled(accounts, accounts.pay(intent, max_fee_per_gas=PRICE + 1))[0] == "SIGNED"


def test_the_store_itself_keeps_the_nonce_for_its_intent(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent = stuck(accounts)
    signed(accounts, cancel(accounts, intent))
    without(monkeypatch, "intent_keeps_its_nonce", "slot_is_free_or_replaced", "nonce_is_the_next")
    dear: dict[str, Any] = {"max_fee_per_gas": 3 * PRICE, "max_priority_fee_per_gas": 3 * GWEI}
    for request in (
        accounts.pay(intent, **dear),
        accounts.pay(accounts.wanted(fee=Fee(max=4 * FEE)), **dear),
        accounts.pay(intent, nonce=8, **dear),
    ):
        assert handled(accounts, request) == refused("promise_broken", "")


# --- cancellation --------------------------------------------------------------------------------------


def test_people_cancel_what_no_price_within_the_intent_moves(accounts: Accounts) -> None:
    intent = stuck(accounts, fee=Fee(max=FEE))
    stopped = accounts.cancelling(intent)
    (made,) = signed(accounts, cancel(accounts, intent, stopped)).signatures
    own = accounts.evm_address()
    wanted = accounts.transaction(to=own, value=0, **DEARER)
    sent = finalize(wanted, signature=bytes.fromhex(made.signature), public_key=accounts.public_key())
    assert decode_signed(sent.raw).transaction == wanted
    assert decode_signed(sent.raw).sender == own
    assert selectors.intent_anchor(stopped.hash) == selectors.intent_anchor(intent.hash)
    signed(accounts, accounts.pay(nonce=8))


def test_a_cancelled_intent_is_signed_no_more(accounts: Accounts) -> None:
    intent = stuck(accounts)
    signed(accounts, cancel(accounts, intent))
    dear: dict[str, Any] = {"max_fee_per_gas": 3 * PRICE, "max_priority_fee_per_gas": 3 * GWEI}
    assert handled(accounts, accounts.pay(intent, **dear)) == refused("intent_cancelled", "/intent")
    again = accounts.pay(intent, nonce=8, **dear)
    assert handled(accounts, again) == refused("intent_already_signed", "/intent")


def test_a_cancellation_is_replaced_and_cancelled_like_any_other(accounts: Accounts) -> None:
    intent = stuck(accounts)
    first = accounts.cancelling(intent)
    signed(accounts, cancel(accounts, intent, first))
    cheap = cancel(accounts, intent, first)
    assert handled(accounts, cheap) == refused("replacement_too_cheap", "/payload/max_fee_per_gas")
    dear: dict[str, Any] = {"max_fee_per_gas": 2 * PRICE, "max_priority_fee_per_gas": 2 * GWEI}
    signed(accounts, cancel(accounts, intent, first, **dear))
    dearer: dict[str, Any] = {"max_fee_per_gas": 3 * PRICE, "max_priority_fee_per_gas": 3 * GWEI}
    old = accounts.cancelling(intent)
    assert handled(accounts, cancel(accounts, intent, old, **dearer)) == refused(
        "cancels_another", "/intent/reason/ref"
    )
    signed(accounts, cancel(accounts, first, **dearer))
    attempt = attempts.last(f"evm:{CHAIN}:{accounts.evm_address()}:7")
    assert attempt is not None
    assert (attempt.number, attempt.price) == (4, 3 * PRICE)


Make = Callable[[Accounts, Intent], Request]
TO_ANOTHER = (Payee(to=PAYEE, amount=0),)


@pytest.mark.parametrize(
    ("make", "rule", "culprit"),
    [
        (lambda it, of: cancel(it, of, nonce=8), "nothing_to_cancel", "/payload/nonce"),
        (
            lambda it, of: cancel(it, replace(of, id="int_01KAJ8R0000000000000000099")),
            "cancels_another",
            "/intent/reason/ref",
        ),
        (
            lambda it, of: cancel(it, of, it.cancelling(of, payees=TO_ANOTHER), to=PAYEE),
            "cancellation_pays",
            "/intent/payees/0/to",
        ),
        (
            lambda it, of: cancel(
                it, of, it.cancelling(of, payees=(Payee(to=it.evm_address(), amount=1),)), value=1
            ),
            "cancellation_pays",
            "/intent/payees/0/amount",
        ),
        (
            lambda it, of: cancel(
                it, of, it.cancelling(of, asset=USD),
                to=it.in_token().to_json()["payload"]["to"], data=transfer(it.evm_address(), 0),
            ),
            "cancellation_pays",
            "/intent/payees/0/amount",
        ),
        (lambda it, of: cancel(it, of, value=1), "amount_differs", "/payload/value"),
        (lambda it, of: cancel(it, of, data=b"\x01"), "data_not_empty", "/payload/data"),
        (
            lambda it, of: cancel(it, of, max_fee_per_gas=PRICE),
            "replacement_too_cheap",
            "/payload/max_fee_per_gas",
        ),
        (
            lambda it, of: cancel(it, of, it.cancelling(of, fee=Fee(max=FEE))),
            "fee_above_intent",
            "/intent/fee/max",
        ),
        (
            lambda it, of: replace(cancel(it, of), approvals=()),
            "maker_has_not_signed",
            "/approvals",
        ),
        (
            lambda it, of: cancel(
                it, of, it.cancelling(of, source=Source(wallet=wallet_id(12), owner="HOUSE"))
            ),
            "wallet_of_another_key",
            "/intent/source/wallet",
        ),
    ],
)  # fmt: skip
def test_nothing_else_is_a_cancellation(accounts: Accounts, make: Make, rule: str, culprit: str) -> None:
    intent = stuck(accounts)
    assert handled(accounts, make(accounts, intent)) == refused(rule, culprit)


def test_a_cancellation_needs_the_quorum(accounts: Accounts) -> None:
    intent = stuck(accounts)
    stop = accounts.cancelling(intent)
    one = replace(
        cancel(accounts, intent, stop), approvals=accounts.officers.approvals(stop, (TREASURER, APPROVER))
    )
    assert handled(accounts, one) == refused("approvals_missing", "/approvals")
    both = accounts.officers.approvals(stop, (TREASURER, APPROVER, OTHER_APPROVER))
    signed(accounts, replace(cancel(accounts, intent, stop), approvals=both))


def test_nobody_cancels_where_the_policy_does_not_say_who(accounts: Accounts) -> None:
    accounts.enact_policy(HOUSE_QUORUM)
    intent = stuck(accounts)
    assert handled(accounts, cancel(accounts, intent)) == refused("no_rule_allows", "/intent/kind")

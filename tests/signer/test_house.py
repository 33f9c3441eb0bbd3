"""BTC_SPEND out of a wallet of the house: approvals, limits, mandates, and what stands still."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custody.chains.bitcoin import psbt as codec
from custody.hsm.signer import final
from custody.hsm.signer.store import selectors
from custody.statements.intent import Fee, Payee, Source
from custody.statements.mandate import MandateFee
from custody.statements.parts import Window
from custody.statements.policy import AmountRule, DenyRule, PayeeRule, Scope, TimeRule, VelocityRule
from custody.statements.result import Result
from custody.statements.trust import book_stream
from custody.statements.trust.book import BookAdd, BookEntry, BookRemove
from custody.statements.trust.deny import DeniedAddresses
from custody.statements.trust.holds import Hold, Kill, Restart
from custody.statements.trust.keys import KeyLimits, KeyStateChange
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST, is_valid_spend
from tests.signer.bench import ASSET, Bench
from tests.signer.genesis import (
    APPROVER,
    FIRST,
    IMPORTER,
    MACHINE,
    OTHER_APPROVER,
    PASSKEYS,
    THIRD,
    TREASURER,
)
from tests.signer.house import DEEP, HOUSE_QUORUM, MANDATE, PAYEES, House, wallet_id

ALL_HOUSE = Scope(owners=("HOUSE",), assets=(ASSET,))
# Satoshi per 1000 virtual bytes: 10,000 for 82 bytes without witness and 26 of the witness.
LEAST_RATE = 92_593
HALF = (Payee(to=MERCHANT_ADDRESS, amount=490_000),)


@pytest.fixture
def house(bench: Bench) -> House:
    return House(bench)


def said(result: Result) -> tuple[str, str | None, str | None]:
    return result.outcome, result.rule, result.culprit


def refused(rule: str, culprit: str) -> tuple[str, str, str]:
    return "REFUSED", rule, culprit


# --- a transfer -------------------------------------------------------------------------------


def test_an_approved_transfer_is_signed_and_the_chain_accepts_it(house: House) -> None:
    coins = house.coins(600_000, 400_000)
    psbt = house.psbt(PAYEES, coins=coins)
    result = house.bench.handle(house.transfer(psbt=psbt))
    assert [item.input for item in result.signatures] == [0, 1]
    for made in result.signatures:
        signature = codec.InputSignature(
            made.input, bytes.fromhex(made.public_key), bytes.fromhex(made.signature)
        )
        psbt = codec.add_signature(psbt, chain=REGTEST, signature=signature)
    assert is_valid_spend(codec.finalize(psbt, chain=REGTEST), list(coins.outputs))


def test_the_journal_keeps_amounts_and_statements(house: House) -> None:
    request = house.transfer()
    seen = next(entry for entry in house.bench.handle(request).entries[-3:] if entry.kind == "SEEN")
    assert seen.body["spend"] == {
        "wallet": wallet_id(1),
        "asset": ASSET,
        "amount": "990000",
        "fee": "10000",
        "txid": codec.decode(request.payload.psbt, chain=REGTEST).txid,  # type: ignore[union-attr]
    }
    assert {item["person"] for item in seen.body["statements"]} == {TREASURER, APPROVER, OTHER_APPROVER}


@pytest.mark.parametrize(
    ("people", "rule"),
    [
        ((), "maker_has_not_signed"),
        ((APPROVER, OTHER_APPROVER), "maker_has_not_signed"),
        ((TREASURER,), "approvals_missing"),
        ((TREASURER, APPROVER), "approvals_missing"),
        ((TREASURER, APPROVER, APPROVER), "approvals_missing"),
        ((TREASURER, APPROVER, FIRST), "approvals_missing"),
        ((TREASURER, APPROVER, MACHINE), "approvals_missing"),
    ],
)
def test_refuses_without_the_quorum(house: House, people: tuple[str, ...], rule: str) -> None:
    assert said(house.bench.handle(house.transfer(people=people))) == refused(rule, "/approvals")


def test_the_maker_never_fills_the_quorum(house: House) -> None:
    intent = house.intent(maker=APPROVER)
    request = house.transfer(intent, people=(APPROVER, OTHER_APPROVER))
    assert said(house.bench.handle(request)) == refused("approvals_missing", "/approvals")


def test_refuses_approvals_of_another_intent(house: House) -> None:
    intent = house.intent()
    other = house.officers.approvals(house.intent(fee=Fee(max=9_000)), (TREASURER, APPROVER, OTHER_APPROVER))
    result = house.bench.handle(house.transfer(intent, approvals=other))
    assert result.rule == "approval_of_another_subject"


def test_one_rejection_ends_the_intent(house: House) -> None:
    intent = house.intent()
    rejection = house.officers.approval(intent, APPROVER, verdict="REJECT")
    assert house.bench.handle(house.transfer(intent, approvals=(rejection,))).rule == "rejected"
    assert said(house.bench.handle(house.transfer(intent))) == refused("rejected", "/approvals")


def test_an_intent_is_signed_once(house: House) -> None:
    intent = house.intent()
    assert house.bench.handle(house.transfer(intent)).outcome == "SIGNED"
    elsewhere = house.psbt(intent.payees, coins=house.coins(1_000_000, salt=0x33))
    result = house.bench.handle(house.transfer(intent, psbt=elsewhere))
    assert said(result) == refused("intent_already_signed", "/intent")


def test_a_coin_is_signed_for_once(house: House) -> None:
    assert house.bench.handle(house.transfer()).outcome == "SIGNED"
    other = house.intent(payees=(Payee(to=BUYER_ADDRESS, amount=990_000),))
    assert said(house.bench.handle(house.transfer(other))) == refused(
        "slot_already_signed", "/payload/psbt/inputs/0"
    )


# --- passkeys ---------------------------------------------------------------------------------

FIRST_DEVICE, SECOND_DEVICE = PASSKEYS


def by_passkey(house: House, **answer: Any) -> Result:
    """A transfer approved by two passkeys; ``answer`` changes what the second one says."""
    intent = house.intent()
    approvals = (
        house.officers.approval(intent, TREASURER),
        house.officers.passkey_approval(intent, FIRST_DEVICE),
        house.officers.passkey_approval(intent, SECOND_DEVICE, **answer),
    )
    coins = house.coins(1_000_000, salt=len(selectors.all_keys()) + answer.get("counter", 0))
    return house.bench.handle(
        house.transfer(intent, approvals=approvals, psbt=house.psbt(intent.payees, coins=coins))
    )


def test_two_passkeys_make_a_quorum(house: House) -> None:
    assert by_passkey(house).outcome == "SIGNED"


@pytest.mark.parametrize(
    "answer",
    [
        {"origin": "http://web.localhost:8000"},
        {"type": "webauthn.create"},
        {"crossOrigin": True},
        {"topOrigin": "http://web.localhost:8000"},
        {"rp_id": "web.localhost"},
        {"flags": 0x01},
        {"flags": 0x04},
        {"flags": 0x0D},
        {"flags": 0x15},
        {"challenge": "AAAA"},
        {"behind": b"extension"},
    ],
    ids=str,
)
def test_refuses_a_passkey_that_was_not_asked_on_the_station(house: House, answer: dict[str, Any]) -> None:
    result = by_passkey(house, **answer)
    assert (result.outcome, result.rule) == ("REFUSED", "bad_proof")


def test_a_falling_counter_alarms_and_refuses_nothing(house: House, caplog: pytest.LogCaptureFixture) -> None:
    assert by_passkey(house, counter=9).outcome == "SIGNED"
    result = by_passkey(house, counter=8)
    assert result.outcome == "SIGNED"
    assert "the counter of an authenticator" in caplog.text
    seen = next(entry for entry in result.entries[-3:] if entry.kind == "SEEN")
    assert [item["person"] for item in seen.body["statements"] if item.get("fallen")] == [SECOND_DEVICE]


# --- whose key, whose coins -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        (
            {"source": Source(wallet=wallet_id(9), owner="HOUSE")},
            "wallet_of_another_key",
            "/intent/source/wallet",
        ),
        ({"source": Source(wallet=wallet_id(1), owner="FEE")}, "intent_owner", "/intent/source/owner"),
        (
            {"source": Source(wallet=wallet_id(1), owner="CLIENT", client="cli_01KAJ8S0000000000000000001")},
            "intent_owner",
            "/intent/source/owner",
        ),
        ({"kind": "REFUND"}, "intent_kind", "/intent/kind"),
        ({"kind": "ESCROW_PAYOUT"}, "intent_owner", "/intent/source/owner"),
        ({"fee": Fee(max=9_999)}, "fee_above_intent", "/intent/fee/max"),
        ({"policy": "00" * 32}, "policy_changed", "/intent/policy"),
        ({"maker": "per_01KAJ8Q0000000000000000077"}, "unknown_maker", "/intent/maker"),
    ],
)
def test_refuses_an_intent(house: House, changes: dict[str, Any], rule: str, culprit: str) -> None:
    assert said(house.bench.handle(house.transfer(house.intent(**changes)))) == refused(rule, culprit)


def test_fees_are_within_the_budget_of_the_intent(house: House) -> None:
    assert house.bench.handle(house.transfer()).outcome == "SIGNED"
    coins = house.psbt(PAYEES, coins=house.coins(1_000_000, salt=0x33))
    tight, wide = (
        house.intent(fee=Fee(max=10_000, budget_window=Window(amount=amount, seconds=3600)))
        for amount in (19_999, 20_000)
    )
    result = house.bench.handle(house.transfer(tight, psbt=coins))
    assert said(result) == refused("fee_above_budget", "/intent/fee/budget_window")
    assert house.bench.handle(house.transfer(wide, psbt=coins)).outcome == "SIGNED"


@pytest.mark.parametrize(("rate", "outcome"), [(LEAST_RATE - 1, "REFUSED"), (LEAST_RATE, "SIGNED")])
def test_the_fee_is_within_the_rate_of_the_intent(house: House, rate: int, outcome: str) -> None:
    intent = house.intent(fee=Fee(max=10_000, rate_max=rate))
    result = house.bench.handle(house.transfer(intent))
    assert result.outcome == outcome
    if outcome == "REFUSED":
        assert said(result) == refused("fee_rate_above_intent", "/intent/fee/rate_max")


def test_refuses_the_key_of_an_escrow(house: House) -> None:
    request = replace(house.transfer(), key=house.bench.key("mediator").id)
    assert said(house.bench.handle(request)) == refused("wrong_key_purpose", "/key")


def test_refuses_a_key_nobody_activated(house: House) -> None:
    request = replace(house.transfer(), key=house.make_key(2))
    assert said(house.bench.handle(request)) == refused("key_not_active", "/key")


def test_refuses_a_key_after_its_cryptoperiod(house: House) -> None:
    house.bench.hands.pass_by(days=181)
    house.go_on_duty()
    assert said(house.bench.handle(house.transfer())) == refused("cryptoperiod_over", "/key")


def test_refuses_coins_of_another_key(house: House) -> None:
    other = house.make_key(2)
    house.activate(other, wallet=2)
    foreign = house.psbt(PAYEES, coins=house.coins(1_000_000, key=other), key=other)
    result = house.bench.handle(house.transfer(psbt=foreign))
    assert said(result) == refused("input_not_of_source", "/payload/psbt/inputs/0")


def test_refuses_change_and_any_other_output(house: House) -> None:
    payees = (*PAYEES, Payee(to=house.address(), amount=1_000))
    result = house.bench.handle(house.transfer(psbt=house.psbt(payees, coins=house.coins(1_001_000))))
    assert said(result) == refused("outputs_not_the_payees", "/payload/psbt/outputs")


@pytest.mark.parametrize(
    ("limits", "rule", "culprit"),
    [
        (KeyLimits(kinds=("SWEEP",)), "key_limit_kind", "/intent/kind"),
        (KeyLimits(payees=(BUYER_ADDRESS,)), "key_limit_payee", "/intent/payees/0/to"),
        (KeyLimits(amount_max=989_999), "key_limit_amount", "/intent/payees"),
        (KeyLimits(fee_max=9_999), "key_limit_fee", "/intent/fee/max"),
    ],
)
def test_limits_of_the_key_are_narrower_than_any_policy(
    house: House, limits: KeyLimits, rule: str, culprit: str
) -> None:
    key = house.make_key(2)
    house.activate(key, wallet=2, limits=limits)
    intent = house.intent(source=Source(wallet=wallet_id(2), owner="HOUSE"))
    psbt = house.psbt(PAYEES, coins=house.coins(1_000_000, key=key), key=key)
    result = house.bench.handle(house.transfer(intent, key=key, psbt=psbt))
    assert said(result) == refused(rule, culprit)


# --- what stands still ------------------------------------------------------------------------


def test_a_kill_stops_until_a_restart_names_it(house: House) -> None:
    kill = house.officers.accept("KILL", Kill(), FIRST, maker=FIRST)
    assert said(house.bench.handle(house.transfer())) == refused("killed", "/key")
    house.officers.accept("RESTART", Restart(kill=kill.hash))
    assert house.bench.handle(house.transfer()).outcome == "SIGNED"


def test_a_kill_of_one_key_leaves_the_others(house: House) -> None:
    other = house.make_key(2)
    house.officers.accept("KILL", Kill(key=other), FIRST, maker=FIRST)
    assert house.bench.handle(house.transfer()).outcome == "SIGNED"


def test_a_kill_stops_escrows_too(house: House) -> None:
    terms = house.bench.register()
    house.officers.accept("KILL", Kill(), FIRST, maker=FIRST)
    policy = selectors.trust().policy(at=house.bench.hands.now).hash
    request = house.bench.spend(terms, intent=house.bench.intent(terms, policy=policy))
    assert said(house.bench.handle(request)) == refused("killed", "/key")


@pytest.mark.parametrize(
    ("hold", "culprit"),
    [
        (Hold(scope="WALLET", ref=wallet_id(1)), "/intent/source/wallet"),
        (Hold(scope="ADDRESS", ref=MERCHANT_ADDRESS), "/intent/payees/0/to"),
        (Hold(scope="DEAL", ref=wallet_id(1)), "/intent/reason/ref"),
    ],
)
def test_a_hold_stops_what_it_names(house: House, hold: Hold, culprit: str) -> None:
    house.officers.accept("HOLD", hold, THIRD, maker=THIRD)
    assert said(house.bench.handle(house.transfer())) == refused("held", culprit)


def test_a_hold_on_a_key_stops_it(house: House) -> None:
    house.officers.accept("HOLD", Hold(scope="KEY", ref=house.key), THIRD, maker=THIRD)
    assert said(house.bench.handle(house.transfer())) == refused("held", "/key")


def test_a_hold_on_something_else_stops_nothing(house: House) -> None:
    house.officers.accept("HOLD", Hold(scope="WALLET", ref=wallet_id(2)), THIRD, maker=THIRD)
    assert house.bench.handle(house.transfer()).outcome == "SIGNED"


def test_a_hot_key_stops_when_nobody_is_on_duty(house: House) -> None:
    house.bench.hands.pass_by(hours=24)
    assert said(house.bench.handle(house.transfer())) == refused("nobody_on_duty", "/key")


def test_a_suspended_key_does_not_sign_and_comes_back_by_quorum(house: House) -> None:
    house.officers.accept("KEY_STATE", KeyStateChange(key=house.key, state="SUSPENDED"), FIRST, maker=FIRST)
    assert said(house.bench.handle(house.transfer())) == refused("key_not_active", "/key")
    house.officers.accept("KEY_STATE", KeyStateChange(key=house.key, state="ACTIVE"))
    assert house.bench.handle(house.transfer()).outcome == "SIGNED"


def test_a_compromised_key_never_comes_back(house: House) -> None:
    house.officers.accept("KEY_STATE", KeyStateChange(key=house.key, state="COMPROMISED"), FIRST, maker=FIRST)
    back = house.officers.document("KEY_STATE", KeyStateChange(key=house.key, state="ACTIVE"))
    result = house.officers.present(back, "per_01KAJ8Q0000000000000000002", FIRST)
    assert said(result) == refused("illegal_key_state", "/documents/0/document/body/state")


def test_nobody_denied_is_paid_whatever_the_policy(house: House) -> None:
    denied = DeniedAddresses(chain=REGTEST, addresses=(MERCHANT_ADDRESS,))
    house.officers.accept("DENY_ADD", denied, IMPORTER, maker=IMPORTER)
    assert said(house.bench.handle(house.transfer())) == refused("payee_denied", "/intent/payees/0/to")


# --- policy -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "code", "culprit"),
    [
        (AmountRule(scope=ALL_HOUSE, max=989_999), "amount_above_max", "/intent/payees"),
        (
            VelocityRule(scope=ALL_HOUSE, window=Window(amount=989_999, seconds=60)),
            "velocity_above_max",
            "/intent/payees",
        ),
        (
            PayeeRule(scope=ALL_HOUSE, addresses=(BUYER_ADDRESS,), book=True, own=True),
            "payee_not_allowed",
            "/intent/payees/0/to",
        ),
        # The tests' Saturday is no business day.
        (
            TimeRule(scope=ALL_HOUSE, zone="Europe/Berlin", days=("FR", "MO"), after="00:00", before="23:59"),
            "outside_hours",
            "/intent",
        ),
        (
            TimeRule(scope=ALL_HOUSE, zone="Europe/Berlin", days=("SA",), after="08:00", before="10:00"),
            "outside_hours",
            "/intent",
        ),
        (DenyRule(scope=Scope(kinds=("TRANSFER",))), "denied_by_rule", "/intent/kind"),
    ],
)
def test_every_rule_of_the_policy_speaks(house: House, rule: Any, code: str, culprit: str) -> None:
    house.enact_policy(HOUSE_QUORUM, rule)
    assert said(house.bench.handle(house.transfer())) == refused(code, culprit)


def test_a_limit_alone_allows_nothing(house: House) -> None:
    house.enact_policy(AmountRule(scope=ALL_HOUSE, max=10_000_000))
    assert said(house.bench.handle(house.transfer())) == refused("no_rule_allows", "/intent/kind")


def test_velocity_counts_what_was_signed_and_falls_by_age(house: House) -> None:
    house.enact_policy(
        HOUSE_QUORUM, VelocityRule(scope=ALL_HOUSE, window=Window(amount=1_000_000, seconds=3600))
    )

    def spend(salt: int) -> Result:
        intent = house.intent(payees=HALF)
        psbt = house.psbt(HALF, coins=house.coins(500_000, salt=salt))
        return house.bench.handle(house.transfer(intent, psbt=psbt))

    assert [spend(1).outcome, spend(2).outcome] == ["SIGNED", "SIGNED"]
    assert spend(3).rule == "velocity_above_max"
    house.bench.hands.pass_by(seconds=3600)
    assert spend(4).outcome == "SIGNED"


def test_a_booked_payee_is_allowed_until_it_is_taken_out(house: House) -> None:
    house.enact_policy(HOUSE_QUORUM, PayeeRule(scope=ALL_HOUSE, book=True, own=False))
    entry = BookEntry(chain=REGTEST, address=MERCHANT_ADDRESS, label="Supplier", proof="signed message")
    stream = book_stream(None)
    document = house.officers.enact("ADDRESS", BookAdd(entries=(entry,)), stream=stream)
    booked = (Payee(to=MERCHANT_ADDRESS, amount=990_000, entry=document.hash),)
    assert house.bench.handle(house.transfer()).rule == "payee_not_allowed"
    wrong = (Payee(to=BUYER_ADDRESS, amount=990_000, entry=document.hash),)
    assert house.bench.handle(house.transfer(house.intent(payees=wrong))).rule == "payee_not_allowed"
    removal = BookRemove(chain=REGTEST, address=MERCHANT_ADDRESS)
    assert house.bench.handle(house.transfer(house.intent(payees=booked))).outcome == "SIGNED"
    house.officers.accept("ADDRESS_REMOVE", removal, FIRST, maker=FIRST, stream=stream)
    again = house.transfer(
        house.intent(payees=booked), psbt=house.psbt(booked, coins=house.coins(1_000_000, salt=9))
    )
    assert house.bench.handle(again).rule == "payee_not_allowed"


def test_a_booked_payee_of_a_client_is_nobody_to_the_house(house: House) -> None:
    house.enact_policy(HOUSE_QUORUM, PayeeRule(scope=ALL_HOUSE, book=True, own=False))
    entry = BookEntry(chain=REGTEST, address=MERCHANT_ADDRESS, label="Theirs", proof="signed message")
    stream = book_stream("cli_01KAJ8S0000000000000000001")
    document = house.officers.enact("ADDRESS", BookAdd(entries=(entry,)), stream=stream)
    payees = (Payee(to=MERCHANT_ADDRESS, amount=990_000, entry=document.hash),)
    result = house.bench.handle(house.transfer(house.intent(payees=payees)))
    assert said(result) == refused("payee_not_allowed", "/intent/payees/0/to")


# --- mandates and the witness -----------------------------------------------------------------


@pytest.fixture
def cold(house: House) -> str:
    """The address of a cold wallet of the house; sweeps to it are mandated."""
    key = house.make_key(2)
    house.activate(key, wallet=2, tier="COLD")
    house.officers.enact("MANDATE", house.mandate(2))
    return house.address(key)


def test_a_mandated_sweep_needs_nobody(house: House, cold: str) -> None:
    assert house.bench.handle(house.sweep(cold)).outcome == "SIGNED"


@pytest.mark.parametrize(
    ("changes", "rule", "culprit"),
    [
        ({"kind": "TRANSFER"}, "mandate_kind", "/intent/kind"),
        ({"maker": TREASURER}, "mandate_of_another_maker", "/intent/maker"),
        ({"payees": PAYEES}, "mandate_destination", "/intent/payees/0/to"),
    ],
)
def test_refuses_what_the_mandate_does_not_cover(
    house: House, cold: str, changes: dict[str, Any], rule: str, culprit: str
) -> None:
    values: dict[str, Any] = {
        "kind": "SWEEP",
        "maker": MANDATE,
        "payees": (Payee(to=cold, amount=990_000),),
    }
    request = house.sweep(cold, intent=house.intent(**values | changes))
    assert said(house.bench.handle(request)) == refused(rule, culprit)


def test_refuses_a_mandate_nobody_gave(house: House, cold: str) -> None:
    request = house.sweep(cold, mandate="man_01KAJ8T0000000000000000009")
    assert said(house.bench.handle(request)) == refused("no_such_mandate", "/mandate")


def test_a_mandate_ends_with_its_time(house: House, cold: str) -> None:
    house.bench.hands.pass_by(days=100)
    house.go_on_duty()
    assert said(house.bench.handle(house.sweep(cold))) == refused("no_such_mandate", "/mandate")


def test_a_mandate_stops_when_nobody_is_on_duty(house: House, cold: str) -> None:
    house.bench.hands.pass_by(hours=24)
    assert said(house.bench.handle(house.sweep(cold))) == refused("nobody_on_duty", "/key")


def test_a_mandate_counts_all_it_has_signed_in_its_window(house: House, cold: str) -> None:
    assert house.bench.handle(house.sweep(cold, amount=1_000_000, salt=1)).outcome == "SIGNED"
    assert house.bench.handle(house.sweep(cold, amount=500_001, salt=2)).rule == "mandate_cap_window"
    assert house.bench.handle(house.sweep(cold, amount=500_000, salt=3)).outcome == "SIGNED"
    assert house.bench.handle(house.sweep(cold, amount=1_000, salt=4)).rule == "mandate_cap_window"


def test_a_mandate_caps_each_sweep_and_the_fees_together(house: House, cold: str) -> None:
    assert house.bench.handle(house.sweep(cold, amount=1_000_001)).rule == "mandate_cap"
    assert house.bench.handle(house.sweep(cold, amount=1_000, salt=1)).outcome == "SIGNED"
    assert house.bench.handle(house.sweep(cold, amount=1_000, salt=2)).outcome == "SIGNED"
    assert house.bench.handle(house.sweep(cold, amount=1_000, salt=3)).rule == "mandate_fee_window"


def test_a_lower_cap_counts_at_once_and_by_one(house: House, cold: str) -> None:
    lower = house.mandate(
        2, cap_per_transaction=100_000, valid_until=house.bench.hands.now + timedelta(days=9)
    )
    house.officers.accept("MANDATE", lower, FIRST, maker=FIRST)
    assert house.bench.handle(house.sweep(cold)).rule == "mandate_cap"


@pytest.mark.parametrize(
    "changes",
    [
        {"cap_per_transaction": 1_000_001},
        {"cap_window": Window(amount=1_500_001, seconds=86_400)},
        {"cap_window": Window(amount=1_500_000, seconds=86_399)},
        {"fee": MandateFee(max=10_001, window=Window(amount=25_000, seconds=86_400))},
    ],
)
def test_a_wider_mandate_needs_the_quorum(house: House, cold: str, changes: dict[str, Any]) -> None:
    wider = house.mandate(2, valid_until=house.bench.hands.now + timedelta(days=9), **changes)
    document = house.officers.document("MANDATE", wider, maker=FIRST)
    result = house.officers.present(document, FIRST)
    assert said(result) == refused("approvals_missing", "/documents/0/approvals")


def test_a_mandate_pays_no_laxer_tier(house: House) -> None:
    warm, hot = house.make_key(2), house.make_key(3)
    house.activate(warm, wallet=2, tier="WARM")
    house.activate(hot, wallet=3, tier="HOT")
    house.officers.enact("MANDATE", house.mandate(1, key=warm))
    intent = house.intent(
        kind="SWEEP",
        maker=MANDATE,
        source=Source(wallet=wallet_id(2), owner="HOUSE"),
        payees=(Payee(to=house.address(), amount=990_000),),
    )
    psbt = house.psbt(intent.payees, coins=house.coins(1_000_000, key=warm), key=warm)
    request = house.transfer(intent, people=(), key=warm, mandate=MANDATE, psbt=psbt)
    assert said(house.bench.handle(request)) == refused("mandate_destination", "/intent/payees/0/to")


def test_a_mandate_with_needs_wants_the_witness(house: House) -> None:
    key = house.make_key(2)
    house.activate(key, wallet=2, tier="COLD")
    house.officers.enact("MANDATE", house.mandate(2, needs=(DEEP,)))
    house.activate_witness()
    cold, coins = house.address(key), house.coins(1_000_000)

    def sweep(**changes: Any) -> Result:
        return house.bench.handle(house.sweep(cold, facts=(house.payment(coins, **changes),)))

    assert said(house.bench.handle(house.sweep(cold))) == refused("mandate_need", "/payload/psbt/inputs/0")
    assert sweep(depth=5).rule == "mandate_need"
    assert sweep(at=house.bench.hands.now - timedelta(seconds=3601)).rule == "mandate_need"
    assert sweep(txid="44" * 32).rule == "mandate_need"
    assert said(sweep(key_of="forger")) == refused("unknown_witness", "/facts/0/proof/credential")
    assert said(sweep(witness=house.key)) == refused("unknown_witness", "/facts/0/fact/witness")
    assert said(sweep(at=house.bench.hands.now + timedelta(seconds=1))) == refused(
        "fact_of_the_future", "/facts/0/fact/at"
    )
    assert sweep().outcome == "SIGNED"


def test_a_final_transaction_that_is_not_the_intent_suspends_the_key(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the decoder had shown pass one something else than the bytes that would be sent."""
    with monkeypatch.context() as lying:
        lying.setattr(final, "address_of", lambda script, chain: BUYER_ADDRESS)
        result = house.bench.handle(house.transfer())
    assert (result.outcome, result.rule) == ("FAILED", "token_result_wrong")
    known = selectors.key(house.key)
    assert known is not None
    assert known.state == "SUSPENDED"

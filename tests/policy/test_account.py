"""Facts of a chain with accounts: no coins, a fee of its own, and no rule that passes for want of inputs."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from custody.policy.engine import evaluate
from custody.policy.facts import (
    Approver,
    PaidOutput,
    PastSpend,
    SpendFacts,
    SpendingAccount,
    SpentOutput,
    account_spend,
)
from custody.statements.intent import Intent, Payee
from custody.statements.mandate import Mandate, MandateFee, Need
from custody.statements.parts import Window
from custody.statements.policy import (
    AmountRule,
    CancelRule,
    EscrowTermsRule,
    GasPriceRule,
    PayeeRule,
    Policy,
    QuorumRule,
    Rule,
    Scope,
    VelocityRule,
)
from tests.chains.evm.examples import ACCOUNT, CHAIN, PAYEE, TOKEN
from tests.policy.cases import payout
from tests.statements.examples import INTENT, TERMS
from tests.statements.refusing import refused

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
COIN = f"{CHAIN}/slip44:60"
USD = f"{CHAIN}/erc20:{TOKEN}"
FEE = 60_000 * 5 * 10**9
PEOPLE = tuple(f"per_01KAJ8Q{number:019d}" for number in (6, 7))
ANY = Scope()
QUORUM = QuorumRule(scope=ANY, above=0, role="APPROVER", people=2)


def intent(asset: str = COIN, **changes: Any) -> Intent:
    values: dict[str, Any] = {
        "kind": "TRANSFER",
        "asset": asset,
        "source": replace(INTENT.source, owner="HOUSE", terms=None),
        "payees": (Payee(to=PAYEE, amount=10**18),),
    }
    return replace(INTENT, **values | changes)


def facts(wanted: Intent | None = None, **changes: Any) -> SpendFacts:
    """An approved payment of one whole coin, or of 10^18 units of a token."""
    wanted = wanted or intent()
    basic = account_spend(
        intent=wanted,
        account=SpendingAccount(address=ACCOUNT, nonce=7, fee=FEE),
        paid=PaidOutput(to=PAYEE, amount=10**18),
    )
    approvers = tuple(Approver(person=person, roles=("APPROVER",)) for person in PEOPLE)
    values: dict[str, Any] = {"at": AT, "past": (), "approvers": approvers}
    return replace(basic, **values | changes)


def blocking(*rules: Rule, of: SpendFacts) -> str | None:
    found = evaluate(Policy(rules=rules), of).blocking
    return found.code if found else None


def test_the_fee_of_an_account_is_its_own() -> None:
    assert facts().fee == FEE
    assert facts().inputs == ()
    assert SpendFacts.read(facts().to_json()) == facts()


def test_coins_and_an_account_never_pay_together() -> None:
    with refused("/account"):
        facts(inputs=(SpentOutput(script="00", amount=1),))


@pytest.mark.parametrize("asset", [COIN, USD])
@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (AmountRule(scope=ANY, max=10**18), None),
        (AmountRule(scope=ANY, max=10**18 - 1), "amount_above_max"),
        (VelocityRule(scope=ANY, window=Window(amount=10**18, seconds=60)), None),
        (VelocityRule(scope=ANY, window=Window(amount=10**18 - 1, seconds=60)), "velocity_above_max"),
        (PayeeRule(scope=ANY, addresses=(PAYEE,), book=False, own=False), None),
        (PayeeRule(scope=ANY, addresses=(ACCOUNT,), book=False, own=False), "payee_not_allowed"),
        (QuorumRule(scope=ANY, above=0, role="APPROVER", people=3), "approvals_missing"),
    ],
)
def test_rules_judge_an_account_like_coins(asset: str, rule: Any, code: str | None) -> None:
    about = replace(rule, scope=Scope(assets=(asset,)))
    assert blocking(QUORUM, about, of=facts(intent(asset))) == code


def test_velocity_counts_each_asset_of_a_wallet_for_itself() -> None:
    past = (PastSpend(asset=COIN, amount=10**18, fee=FEE, at=AT),)
    window = Window(amount=10**18, seconds=60)
    rules = tuple(VelocityRule(scope=Scope(assets=(asset,)), window=window) for asset in (COIN, USD))
    assert blocking(QUORUM, *rules, of=facts(intent(USD), past=past)) is None
    assert blocking(QUORUM, *rules, of=facts(past=past)) == "velocity_above_max"


def test_no_account_pays_out_an_escrow_for_want_of_inputs() -> None:
    """Even with everything else as the terms say."""
    of_coins = payout()
    account = SpendingAccount(address=ACCOUNT, nonce=7, fee=10_000)
    of_account = replace(of_coins, inputs=(), account=account, terms=TERMS)
    assert blocking(EscrowTermsRule(), of=of_coins) is None
    assert blocking(EscrowTermsRule(), of=of_account) == "account_foreign"


CANCELLING = CancelRule(scope=Scope(assets=(COIN,)), role="APPROVER", people=2)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"approvers": (Approver(person=PEOPLE[0], roles=("APPROVER",)),)}, "approvals_missing"),
        ({"approvers": ()}, "approvals_missing"),
    ],
)
def test_a_cancellation_needs_people_of_its_own_rule(changes: dict[str, Any], code: str | None) -> None:
    nothing = intent(kind="CANCEL", payees=(Payee(to=ACCOUNT, amount=0),))
    assert blocking(QUORUM, of=facts(nothing, **changes)) == "no_rule_allows"
    assert blocking(CANCELLING, of=facts(nothing, **changes)) == code
    assert blocking(replace(CANCELLING, scope=Scope(assets=(USD,))), of=facts(nothing)) == "no_rule_allows"


def test_the_rule_for_cancellations_allows_nothing_else() -> None:
    assert blocking(CANCELLING, of=facts()) == "no_rule_allows"


GWEI = 10**9
FLOOR = GasPriceRule(scope=Scope(assets=(COIN, USD)), min=5 * GWEI, priority_min=GWEI)


@pytest.mark.parametrize("asset", [COIN, USD])
@pytest.mark.parametrize(
    ("offer", "code"),
    [
        ({"price": 5 * GWEI, "priority": GWEI}, None),
        ({"price": 5 * GWEI - 1, "priority": GWEI}, "gas_price_below_min"),
        ({"price": 5 * GWEI, "priority": GWEI - 1}, "gas_priority_below_min"),
        ({"price": 5 * GWEI}, "gas_priority_below_min"),
        ({}, "gas_price_below_min"),
    ],
)
def test_a_price_that_no_node_takes_is_denied(asset: str, offer: dict[str, int], code: str | None) -> None:
    account = SpendingAccount(address=ACCOUNT, nonce=7, fee=FEE, **offer)
    assert blocking(QUORUM, FLOOR, of=facts(intent(asset), account=account)) == code


def test_the_price_of_gas_concerns_no_safe_and_no_other_chain() -> None:
    assert blocking(QUORUM, FLOOR, of=facts(intent(kind="SAFE"))) is None
    other = replace(FLOOR, scope=Scope(assets=("eip155:1/slip44:60",)))
    assert blocking(QUORUM, other, of=facts()) is None


def test_a_price_of_gas_allows_nothing() -> None:
    assert blocking(FLOOR, of=facts(intent(kind="SAFE"))) == "no_rule_allows"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"scope": ANY}, "/scope/assets"),
        ({"scope": Scope(assets=())}, "/scope/assets"),
        ({"scope": Scope(assets=(COIN, "eip155:1/slip44:60"))}, "/scope/assets"),
        ({"priority_min": 5 * GWEI + 1}, "/priority_min"),
    ],
)
def test_a_price_of_gas_is_that_of_one_evm_chain(changes: dict[str, Any], place: str) -> None:
    with refused(place):
        replace(FLOOR, **changes)


def test_coins_have_no_price_of_gas() -> None:
    with refused("/scope/assets", code="unknown_chain"):
        replace(FLOOR, scope=Scope(assets=(INTENT.asset,)))


def mandate(**changes: Any) -> Mandate:
    values: dict[str, Any] = {
        "mandate": "man_01KAJ8T0000000000000000001",
        "key": "key_01KAJ8V0000000000000000001",
        "intent_kind": "SWEEP",
        "chain": CHAIN,
        "asset": COIN,
        "destinations": (),
        "cap_per_transaction": 10**18,
        "cap_window": Window(amount=10**18, seconds=60),
        "fee": MandateFee(max=FEE, window=Window(amount=FEE, seconds=60)),
        "needs": (),
        "valid_from": AT,
        "valid_until": AT.replace(year=2027),
    }
    return Mandate(**values | changes)


def codes(wanted: Mandate) -> set[str]:
    sweep = intent(kind="SWEEP", maker=wanted.mandate)
    decision = evaluate(Policy(rules=()), facts(sweep, mandate=wanted))
    return {item.code for step in decision.trace for item in step.because if not item.holds}


def test_a_mandate_limits_the_fee_of_an_account() -> None:
    assert codes(mandate()) == {"mandate_destination"}
    low = MandateFee(max=FEE - 1, window=Window(amount=FEE - 1, seconds=60))
    assert codes(mandate(fee=low)) == {"mandate_destination", "mandate_fee", "mandate_fee_window"}


def test_a_mandate_with_needs_covers_no_account() -> None:
    need = Need(fact="PAYMENT", depth=6, max_age_seconds=3600)
    assert codes(mandate(needs=(need,))) == {"mandate_destination", "mandate_need"}

"""Whatever strangers send to the address, an honest funding is paid out in one transaction."""

import base64

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custody.accounts.otp import FreshFactor
from custody.chains.bitcoin.psbt import decode, finalize
from custody.chains.bitcoin.transaction import TxOutput
from custody.escrow import services
from custody.escrow.budget import payout_budget
from custody.escrow.states import State
from custody.hsm.selectors import request_of
from custody.hsm.signer.rules.spend import MAX_INPUTS
from custody.statements.request import SpendPayload
from tests.cast import AT
from tests.escrow.deposits import Deposit, pay, start_chain
from tests.escrow.stage import AMOUNT, FEE_MAX, Stage
from tests.harness.bitcoin import REGTEST, is_valid_spend

MIB = 1024 * 1024
HONEST = Deposit((AMOUNT,))
ATTACKS = {
    "20 coins of one transaction with a large witness": [Deposit((2_000,) * 20, witness=390_000)],
    "20 coins of one large transaction": [Deposit((2_000,) * 20, padding=390_000)],
    "195 coins": [Deposit((2_000,) * 195)],
    "250 coins": [Deposit((2_000,) * 250)],
    "dust below everything": [Deposit((330,) * 300)],
}


@pytest.fixture
def awaiting(stage: Stage) -> Stage:
    start_chain()
    return stage.until(State.AWAITING_FUNDING)


def release(stage: Stage) -> None:
    services.propose_release(actor=stage.buyer.user, deal_id=stage.deal_id, at=AT)
    stage.drive()


def assert_pays(stage: Stage) -> None:
    """The prepared payout is what was promised, within the limits of all signers, and valid."""
    psbt = stage.psbt()
    spend = decode(psbt, chain=REGTEST)
    assert len(base64.b64decode(psbt)) < 2 * MIB
    assert len(spend.inputs) <= MAX_INPUTS
    assert 2 * finalized_size(stage, psbt) <= spend.fee <= FEE_MAX
    assert sum(output.amount for output in spend.outputs) >= AMOUNT - FEE_MAX


def finalized_size(stage: Stage, psbt: str) -> int:
    """Virtual bytes of the payout as both parties sign it; the consensus judge accepts it."""
    for side in stage.sides:
        stage.give(side)
    spend = decode(psbt, chain=REGTEST)
    final = finalize(stage.psbt(), chain=REGTEST)
    assert is_valid_spend(final, [TxOutput(item.amount, item.script_pubkey) for item in spend.inputs])
    return final.vsize


@pytest.mark.parametrize("attack", ATTACKS)
def test_strangers_do_not_stop_a_payout(awaiting: Stage, attack: str) -> None:
    pay(awaiting.deal, *ATTACKS[attack], HONEST)
    release(awaiting)
    assert_pays(awaiting)


@pytest.mark.parametrize("attack", ATTACKS)
def test_strangers_do_not_stop_an_award_decided_before(awaiting: Stage, attack: str) -> None:
    """The split is promised when the decision is proposed; what comes later must not matter."""
    pay(awaiting.deal, HONEST, Deposit((30_000,)))
    services.open_dispute(actor=awaiting.buyer.user, deal_id=awaiting.deal_id, claim="Nothing came.", at=AT)
    awaiting.decide(to_buyer=400_000)
    pay(awaiting.deal, *ATTACKS[attack], Deposit((50_000,)))
    confirm(awaiting)
    assert awaiting.drive().state == "SIGNING"
    spend = decode(awaiting.psbt(), chain=REGTEST)
    assert [item.amount for item in spend.inputs] == [1_000_000, 30_000]
    assert [item.amount for item in spend.outputs] == [400_000, 1_030_000 - 3_070 - 400_000]
    request = request_of(awaiting.answer("BTC_SPEND"))
    assert request.payload == SpendPayload(psbt=awaiting.psbt())


def test_a_deal_is_funded_by_coins_that_one_payout_can_spend(awaiting: Stage) -> None:
    pay(awaiting.deal, Deposit((40_000,) * 25))
    assert awaiting.deal.state == State.AWAITING_FUNDING
    pay(awaiting.deal, Deposit((240_000,)))
    assert awaiting.deal.state == State.FUNDED
    assert payout_budget(awaiting.deal, payees=1).coins == 240_000 + 19 * 40_000


amounts = st.one_of(st.integers(1, 5_000), st.integers(1, 2 * AMOUNT))
deposits = st.builds(
    Deposit,
    amounts=st.lists(amounts, min_size=1, max_size=30).map(tuple),
    padding=st.sampled_from([0, 0, 100, 90_000, 400_000]),
    witness=st.sampled_from([0, 0, 200, 390_000]),
)


# Each example is rolled back, so that the deal stands where the fixture left it.
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=st.lists(deposits, max_size=3), after=st.lists(deposits, max_size=2))
def test_any_deposits_with_one_honest_funding_can_be_paid_out(
    awaiting: Stage, before: list[Deposit], after: list[Deposit]
) -> None:
    with transaction.atomic():
        pay(awaiting.deal, *before, HONEST, *after)
        assert awaiting.deal.state == State.FUNDED
        budget = payout_budget(awaiting.deal, payees=1)
        release(awaiting)
        spend = decode(awaiting.psbt(), chain=REGTEST)
        assert (sum(item.amount for item in spend.inputs), spend.fee) == (budget.coins, budget.fee)
        assert_pays(awaiting)
        transaction.set_rollback(True)


def confirm(stage: Stage) -> None:
    services.confirm_decision(
        actor=stage.officer, deal_id=stage.deal_id, factor=FreshFactor(stage.officer.pk, AT), at=AT
    )

"""A payment out of a wallet of the house: proposed, approved by people, signed by the signer, sent, final."""

from datetime import timedelta
from typing import Any

import pytest

from custody.chains.bitcoin.psbt import decode
from custody.chains.bitcoin.transaction import TxOutput, parse_transaction
from custody.common.errors import CustodyError
from custody.hsm.models import SigningRequest
from custody.statements.request import Request
from custody.wallets import selectors, services
from custody.wallets.models import TransferApproval, TransferIntent, UtxoLease
from custody.wallets.states import State
from tests.harness.bitcoin import MERCHANT_ADDRESS, REGTEST, is_valid_spend
from tests.signer.genesis import APPROVER, MACHINE, OTHER_APPROVER, TREASURER
from tests.wallets.deals import attempt_of, audited, fresh, outputs_of, path_of
from tests.wallets.houses import QUORUM, HouseDesk, as_file, signed_statement


def refused(step: Any, *arguments: Any, **named: Any) -> tuple[str, str | None]:
    """Code and field of the refusal of a step."""
    with pytest.raises(CustodyError) as refusal:
        step(*arguments, **named)
    return refusal.value.code, refusal.value.field


def test_a_payment_is_approved_signed_sent_and_final(rich: HouseDesk) -> None:
    intent = rich.propose(990_000)
    assert intent.state == State.PENDING_APPROVAL
    rich.approve(intent, *QUORUM)
    assert rich.drive(intent).state == State.SIGNING
    assert rich.answer(intent).outcome == "SIGNED"
    assert rich.drive(intent).state == State.BROADCAST
    attempt = attempt_of(intent)
    spend = selectors.spend_of(attempt)
    final = parse_transaction(bytes(attempt.raw or b""))
    assert is_valid_spend(final, [TxOutput(item.amount, item.script_pubkey) for item in spend.inputs])
    assert (outputs_of(attempt.psbt), attempt.fee) == ([(MERCHANT_ADDRESS, 990_000)], 10_000)
    rich.mine(3)
    assert rich.state(intent) == State.FINAL
    assert not UtxoLease.objects.filter(released_at=None).exists()
    assert path_of(intent) == [
        "SUBMITTED", "SCREENING", "POLICY_EVAL", "PENDING_APPROVAL", "APPROVED", "QUEUED", "RESERVED",
        "PREPARED", "SIGNING", "SIGNED", "BROADCASTING", "BROADCAST", "MINED", "FINAL",
    ]  # fmt: skip


def test_the_request_carries_intent_and_approvals(rich: HouseDesk) -> None:
    intent = rich.asked()
    request = Request.from_bytes(bytes(SigningRequest.objects.get().body))
    assert (request.kind, request.key, request.mandate) == ("BTC_SPEND", rich.house.key, None)
    assert request.intent == selectors.document_of(intent)
    assert {item.statement.person for item in request.approvals} == set(QUORUM)


@pytest.mark.parametrize("missing", QUORUM)
def test_without_one_of_the_quorum_nothing_is_asked(rich: HouseDesk, missing: str) -> None:
    intent = rich.propose(990_000)
    rich.approve(intent, *(who for who in QUORUM if who != missing))
    assert rich.drive(intent).state == State.PENDING_APPROVAL
    assert not SigningRequest.objects.exists()
    rich.approve(intent, missing)
    assert rich.drive(intent).state == State.SIGNING


def test_a_person_counts_once(rich: HouseDesk) -> None:
    intent = rich.propose(990_000)
    rich.approve(intent, TREASURER, APPROVER, APPROVER, APPROVER)
    assert rich.drive(intent).state == State.PENDING_APPROVAL
    assert intent.approvals.count() == 4


def test_the_same_approval_is_kept_once(rich: HouseDesk) -> None:
    intent = rich.propose(990_000)
    data = as_file(signed_statement(intent, APPROVER, at=rich.at))
    rows = [
        services.hand_in_approval(actor=rich.treasurer, intent_id=intent.pk, data=data, at=rich.at)
        for _ in range(2)
    ]
    assert rows[0] == rows[1]
    assert len(audited("wallets.approval.handed_in")) == 1


def test_an_expired_approval_does_not_count(rich: HouseDesk) -> None:
    intent = rich.propose(990_000)
    rich.approve(intent, TREASURER, APPROVER)
    rich.house.bench.hands.pass_by(hours=2)
    rich.approve(intent, OTHER_APPROVER)
    assert rich.drive(intent).state == State.PENDING_APPROVAL


def test_a_rejection_ends_the_payment(rich: HouseDesk) -> None:
    intent = rich.propose(990_000)
    rich.approve(intent, APPROVER, verdict="REJECT")
    assert rich.state(intent) == State.REJECTED
    assert audited("wallets.intent.rejected")[0]["reason"] == "rejected"
    assert rich.propose(990_000).state == State.PENDING_APPROVAL  # its coins are free again


def test_a_payment_nobody_approves_expires(rich: HouseDesk) -> None:
    intent = rich.propose(990_000)
    rich.house.bench.hands.pass_by(hours=48)
    assert rich.drive(intent).state == State.EXPIRED


def test_the_maker_withdraws_before_the_signer_is_asked(rich: HouseDesk) -> None:
    intent = rich.propose(990_000)
    services.withdraw_transfer(actor=rich.treasurer, intent_id=intent.pk, at=rich.at)
    assert rich.state(intent) == State.REJECTED


def test_what_the_signer_may_have_signed_is_not_withdrawn(rich: HouseDesk) -> None:
    intent = rich.asked()
    withdrawing = refused(services.withdraw_transfer, actor=rich.treasurer, intent_id=intent.pk, at=rich.at)
    assert withdrawing == ("wrong_state", None)
    assert rich.state(intent) == State.SIGNING


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"policy": "00" * 32}, "policy_changed"),
        ({"instance": "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"}, "approval_of_another_subject"),
        ({"key_of": OTHER_APPROVER}, "not_pinned"),
        ({"key_of": OTHER_APPROVER, "verdict": "REJECT"}, "not_pinned"),
        ({"who": MACHINE, "verdict": "REJECT"}, "not_a_person"),
    ],
)
def test_an_approval_that_cannot_count_is_refused(
    rich: HouseDesk, changes: dict[str, Any], code: str
) -> None:
    intent = rich.propose(990_000)
    who = changes.pop("who", APPROVER)
    data = as_file(signed_statement(intent, who, at=rich.at, **changes))
    hand_in: dict[str, Any] = {"actor": rich.treasurer, "intent_id": intent.pk, "data": data, "at": rich.at}
    assert refused(services.hand_in_approval, **hand_in) == (code, "approval")
    assert not TransferApproval.objects.exists()
    assert rich.state(intent) == State.PENDING_APPROVAL


def test_the_approval_of_another_payment_is_refused(rich: HouseDesk) -> None:
    rich.fund(500_000)
    first, second = rich.propose(990_000), rich.propose(490_000)
    data = as_file(signed_statement(first, APPROVER, at=rich.at))
    services.hand_in_approval(actor=rich.treasurer, intent_id=first.pk, data=data, at=rich.at)
    refusal = refused(
        services.hand_in_approval, actor=rich.treasurer, intent_id=second.pk, data=data, at=rich.at
    )
    assert refusal == ("approval_of_another_subject", "approval")


@pytest.mark.parametrize("span", [timedelta(0), timedelta(hours=49)])
def test_times_that_do_not_fit_are_refused(rich: HouseDesk, span: timedelta) -> None:
    intent = rich.propose(990_000)
    data = as_file(signed_statement(intent, APPROVER, at=rich.at, expires_at=rich.at + span))
    refusal = refused(
        services.hand_in_approval, actor=rich.treasurer, intent_id=intent.pk, data=data, at=rich.at
    )
    assert refusal == ("statement_outlives_subject" if span else "expired", "approval")


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[", b"#t=!!", b"[" * 20_000, b"[" * 10_000, b'{"statement":{},"proof":{}}']
)
def test_what_is_no_approval_is_refused(rich: HouseDesk, data: bytes) -> None:
    intent = rich.propose(990_000)
    refusal = refused(
        services.hand_in_approval, actor=rich.treasurer, intent_id=intent.pk, data=data, at=rich.at
    )
    assert refusal == ("bad_approval", "approval")
    assert not TransferApproval.objects.exists()


def test_a_machine_fills_the_quorum_of_the_web_and_not_of_the_signer(rich: HouseDesk) -> None:
    intent = rich.asked(TREASURER, APPROVER, MACHINE)
    result = rich.answer(intent)
    assert (result.rule, rich.state(intent)) == ("approvals_missing", State.PREPARED)
    assert refused(services.take_step, intent_id=intent.pk, at=rich.at) == ("approvals_missing", None)


def test_a_refusal_for_want_of_approvals_waits_for_them(rich: HouseDesk) -> None:
    intent = rich.asked(TREASURER, APPROVER, MACHINE)
    rich.answer(intent)
    rich.house.bench.hands.pass_by(seconds=1)
    rich.approve(intent, OTHER_APPROVER)
    assert rich.drive(intent).state == State.SIGNING
    assert SigningRequest.objects.count() == 2
    # The machine's statement still stands among them and does not count.
    assert rich.answer(intent).outcome == "SIGNED"
    assert rich.drive(intent).state == State.BROADCAST


def test_a_payment_that_waits_for_approvals_ends_with_its_time(rich: HouseDesk) -> None:
    intent = rich.asked(TREASURER, APPROVER, MACHINE)
    rich.answer(intent)
    rich.house.bench.hands.pass_by(hours=48)
    assert rich.drive(intent).state == State.CANCELLING
    again = rich.propose(990_000)
    assert again.coins == intent.coins


def test_a_refusal_for_good_frees_the_coins_for_the_next_payment(rich: HouseDesk) -> None:
    intent = rich.propose(990_000)
    rich.approve(intent, *QUORUM)
    rich.house.bench.hands.pass_by(seconds=1)
    rich.house.enact_policy()  # the signer's policy changes while the web does not know
    rich.drive(intent)
    assert rich.answer(intent).rule == "policy_changed"
    assert rich.state(intent) == State.CANCELLING


def test_two_payments_never_plan_the_same_coin(rich: HouseDesk) -> None:
    rich.propose(990_000)
    refusal = refused(
        services.propose_transfer,
        actor=rich.treasurer,
        wallet_id=rich.wallet.pk,
        wish=rich.wish(990_000),
        at=rich.at,
    )
    assert refusal == ("no_final_coins", None)
    assert TransferIntent.objects.count() == 1


def test_a_reorganisation_sends_the_same_bytes_again(rich: HouseDesk) -> None:
    intent = rich.asked()
    rich.answer(intent)
    rich.drive(intent)
    rich.mine(1)
    assert rich.state(intent) == State.MINED
    tip = rich.node.client().block_hash(rich.node.client().height())
    rich.node.client().call("invalidateblock", tip)
    services.scan_chain(at=rich.at)
    assert rich.state(intent) == State.REORGED
    assert rich.drive(intent).state == State.BROADCAST
    rich.mine(3)
    assert rich.state(intent) == State.FINAL


def test_the_unsigned_transaction_spends_the_planned_coins(rich: HouseDesk) -> None:
    rich.fund(300_000, 700_000)
    intent = rich.propose(999_000)
    spend = decode(attempt_of(rich_signed(rich, intent)).psbt, chain=REGTEST)
    assert list(spend.outpoints) == intent.coins
    assert sorted(item.amount for item in spend.inputs) in ([1_000_000], [300_000, 700_000])


def rich_signed(rich: HouseDesk, intent: TransferIntent) -> TransferIntent:
    rich.approve(intent, *QUORUM)
    return rich.drive(intent)


def test_a_coin_that_is_gone_stops_the_payment(rich: HouseDesk) -> None:
    intent = rich.propose(990_000)
    rich.wallet.utxos.update(spender=rich.wallet.utxos.get().transaction)
    rich.approve(intent, *QUORUM)
    assert refused(services.take_step, intent_id=intent.pk, at=rich.at) == ("coins_gone", "/source/wallet")
    assert fresh(intent).state == State.PENDING_APPROVAL

"""T3: coins are leased once, the transaction is frozen, and one deal pays at most once."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction

from custody.audit.models import AuditEntry
from custody.chains.bitcoin.psbt import decode, digests
from custody.common.errors import RefusedError
from custody.wallets import selectors, services
from custody.wallets.models import TxAttempt, UtxoLease, Wallet
from custody.wallets.states import State
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST
from tests.wallets.deals import ACTOR, AT, Escrow, attempt_of, drive, fresh, give, outputs_of


def refused(escrow: Escrow, *payees: tuple[str, int]) -> RefusedError:
    """Drive a payout until it is refused; nothing of it may be reserved."""
    intent = escrow.submit(*payees)
    with pytest.raises(RefusedError) as refusal:
        drive(intent)
    assert not UtxoLease.objects.filter(intent=intent).exists()
    assert not TxAttempt.objects.filter(intent=intent).exists()
    return refusal.value


def test_freezes_the_whole_transaction(funded: Escrow) -> None:
    intent = funded.collecting((MERCHANT_ADDRESS, 900_000), (BUYER_ADDRESS, 95_000))
    attempt = attempt_of(intent)
    spend = decode(attempt.psbt, chain=REGTEST)
    assert outputs_of(attempt.psbt) == [(MERCHANT_ADDRESS, 900_000), (BUYER_ADDRESS, 95_000)]
    assert (attempt.txid, attempt.fee) == (spend.txid, 5_000)
    assert attempt.digests == [digest.hex() for digest in digests(spend)]
    assert attempt.outpoints == list(spend.outpoints)


def test_holds_the_coin_and_fixes_the_anchor(funded: Escrow) -> None:
    intent = funded.collecting()
    lease = UtxoLease.objects.get()
    assert (lease.intent, lease.utxo.outpoint, lease.released_at) == (
        intent,
        attempt_of(intent).outpoints[0],
        None,
    )
    assert Wallet.objects.get(pk=funded.wallet.pk).anchor == lease.utxo.outpoint


def test_a_second_payout_of_the_same_coin_is_refused(funded: Escrow) -> None:
    funded.collecting()
    refusal = refused(funded, (BUYER_ADDRESS, 998_000))
    assert refusal.code == "outpoint_leased"
    assert refusal.field == UtxoLease.objects.get().utxo.outpoint


def test_a_second_funding_does_not_pay_a_second_time(funded: Escrow) -> None:
    funded.sent()
    funded.mine(settings.BITCOIN_FINALITY_DEPTH)
    funded.fund()
    assert refused(funded, (BUYER_ADDRESS, 998_000)).code == "anchor_spent"


def test_a_second_funding_cannot_be_spent_beside_a_signed_payout(funded: Escrow) -> None:
    funded.signed()
    funded.fund()
    assert refused(funded, (BUYER_ADDRESS, 998_000)).code == "outpoint_leased"


def test_a_withdrawn_payout_hands_its_coin_over(funded: Escrow) -> None:
    first = funded.collecting()
    services.cancel_intent(actor=ACTOR, intent_id=first.pk, reason="dispute", at=AT)
    assert fresh(first).state == State.CANCELLING
    second = funded.collecting((BUYER_ADDRESS, 998_000))
    assert second.state == State.SIGNING
    assert attempt_of(first).outpoints == attempt_of(second).outpoints
    assert UtxoLease.objects.get(released_at=None).intent == second
    assert AuditEntry.objects.filter(verb="wallets.lease.handed_over", subject=second.pk).exists()


def test_two_payouts_are_never_the_same_transaction(funded: Escrow) -> None:
    first = funded.collecting()
    services.cancel_intent(actor=ACTOR, intent_id=first.pk, reason="withdrawn", at=AT)
    assert refused(funded).code == "same_transaction"
    assert UtxoLease.objects.get().intent == first


def test_a_signed_payout_cannot_be_withdrawn(funded: Escrow) -> None:
    intent = funded.signed()
    with pytest.raises(RefusedError) as refusal:
        services.cancel_intent(actor=ACTOR, intent_id=intent.pk, reason="dispute", at=AT)
    assert refusal.value.code == "illegal_transition"
    assert fresh(intent).state == State.SIGNED


def test_coins_below_finality_depth_are_not_used(escrow: Escrow) -> None:
    escrow.fund(final=False)
    assert refused(escrow).code == "not_enough_coins"


def test_dust_sent_by_strangers_does_not_stop_a_payout(escrow: Escrow) -> None:
    escrow.fund(30_000, 1_000_000, 30_000)
    intent = escrow.collecting()
    assert [item.amount for item in selectors.spend_of(attempt_of(intent)).inputs] == [1_000_000]


def test_uses_several_coins_where_one_is_not_enough(escrow: Escrow) -> None:
    escrow.fund(600_000, 400_000)
    intent = escrow.collecting()
    assert [item.amount for item in selectors.spend_of(attempt_of(intent)).inputs] == [600_000, 400_000]
    assert attempt_of(intent).fee == 2_000


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (1_000_000, "not_enough_coins"),  # nothing left for the fee
        (999_900, "not_enough_coins"),  # a fee that no node relays
        (979_999, "fee_above_max"),
    ],
)
def test_the_fee_stays_between_relay_minimum_and_maximum(funded: Escrow, amount: int, code: str) -> None:
    assert refused(funded, (MERCHANT_ADDRESS, amount)).code == code


def test_the_terms_limit_the_fee_as_well(funded: Escrow) -> None:
    from custody.statements.intent import Fee

    intent = funded.submit((MERCHANT_ADDRESS, 970_000), fee=Fee(max=100_000))
    with pytest.raises(RefusedError) as refusal:
        drive(intent)
    assert refusal.value.code == "fee_above_max"


def test_nothing_is_prepared_after_the_end_of_its_life(funded: Escrow) -> None:
    intent = funded.submit()
    assert drive(intent, at=intent.expires_at).state == State.EXPIRED
    assert not TxAttempt.objects.exists()


def test_an_expired_payout_that_may_be_signed_waits_for_the_chain(funded: Escrow) -> None:
    intent = funded.collecting()
    give(intent, "buyer")
    assert drive(intent, at=intent.expires_at + timedelta(seconds=1)).state == State.CANCELLING


@pytest.mark.parametrize(
    "change", [{"psbt": "x"}, {"txid": "00" * 32}, {"digests": []}, {"outpoints": []}, {"fee": 1}]
)
def test_the_database_refuses_to_change_an_attempt(funded: Escrow, change: dict[str, Any]) -> None:
    funded.collecting()
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        TxAttempt.objects.update(**change)


def test_the_database_refuses_other_bytes_for_a_signed_attempt(funded: Escrow) -> None:
    funded.signed()
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        TxAttempt.objects.update(raw=b"other")


def test_the_database_refuses_a_second_holder(funded: Escrow) -> None:
    funded.collecting()
    lease = UtxoLease.objects.get()
    other = funded.submit((BUYER_ADDRESS, 998_000))
    with pytest.raises(IntegrityError, match="lease_one_holder"), transaction.atomic():
        UtxoLease.objects.create(utxo=lease.utxo, intent=other, leased_at=AT)


def test_preparing_twice_prepares_once(funded: Escrow) -> None:
    from custody.wallets.services.preparation import prepare_intent

    intent = funded.collecting()
    prepare_intent(intent_id=intent.pk, at=AT)
    assert TxAttempt.objects.count() == 1

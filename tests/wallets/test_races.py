"""Two at a time: the same step by two workers, and two payouts of one deal at the same moment."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.conf import settings
from django.db import connection

from custody.audit.models import AuditEntry
from custody.common.errors import CustodyError
from custody.wallets import selectors, services
from custody.wallets.models import TransferIntent, TxAttempt, TxSignature, UtxoLease
from custody.wallets.services.chain import scan_chain
from custody.wallets.states import State
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS
from tests.wallets.deals import AT, Escrow, attempt_of, fresh, give, signed_psbt


def together(*works: Callable[[], object]) -> list[str]:
    """Run works at the same moment, each on a connection of its own; return what they were refused for."""
    barrier, refusals = Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            work()
        except CustodyError as error:
            refusals.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refusals


def queued(escrow: Escrow, address: str) -> TransferIntent:
    """A payout that waits for its coins."""
    intent = escrow.submit((address, 998_000))
    while fresh(intent).state != State.QUEUED:
        services.take_step(intent_id=intent.pk, at=AT)
    return intent


def step(intent: TransferIntent) -> Callable[[], None]:
    return lambda: services.take_step(intent_id=intent.pk, at=AT)


def test_of_two_payouts_one_gets_the_coin(committed_escrow: Escrow) -> None:
    rivals = [queued(committed_escrow, address) for address in (MERCHANT_ADDRESS, BUYER_ADDRESS)]
    assert together(*(step(intent) for intent in rivals)) == ["outpoint_leased"]
    assert sorted(fresh(intent).state for intent in rivals) == [State.PREPARED, State.QUEUED]
    assert UtxoLease.objects.filter(intent__in=rivals).count() == 1


def test_two_workers_prepare_once(committed_escrow: Escrow) -> None:
    intent = queued(committed_escrow, MERCHANT_ADDRESS)
    refusals = together(step(intent), step(intent))
    assert set(refusals) <= {"illegal_transition"}
    assert TxAttempt.objects.filter(intent=intent).count() == 1
    assert UtxoLease.objects.filter(intent=intent).count() == 1


def test_both_parties_may_return_their_psbt_at_once(committed_escrow: Escrow) -> None:
    intent = committed_escrow.collecting()
    psbts = {name: signed_psbt(intent, name) for name in ("buyer", "merchant")}
    works = [lambda name=name: give(intent, name, psbts[name]) for name in psbts]
    assert together(*works) == []
    assert fresh(intent).state == State.SIGNED
    assert TxSignature.objects.filter(attempt=attempt_of(intent)).count() == 2


def test_the_same_psbt_at_once_is_one_signature(committed_escrow: Escrow) -> None:
    intent = committed_escrow.collecting()
    psbt = signed_psbt(intent, "buyer")
    assert together(*[lambda: give(intent, "buyer", psbt)] * 3) == []
    assert TxSignature.objects.filter(attempt=attempt_of(intent)).count() == 1


def test_the_same_document_at_once_is_one_intent(committed_escrow: Escrow) -> None:
    document = committed_escrow.intent()
    works = [
        lambda: services.create_intent(actor="system:test", document=document, needs_our_key=False, at=AT)
    ] * 3
    assert together(*works) == []
    submitted = AuditEntry.objects.filter(verb="wallets.intent.submitted", subject=document.id)
    assert submitted.count() == 1


def test_monitors_at_once_take_each_block_in_once(committed_escrow: Escrow) -> None:
    committed_escrow.node.fund(committed_escrow.wallet.address, 50_000)
    committed_escrow.node.mine(settings.BITCOIN_FINALITY_DEPTH)
    together(*[lambda: scan_chain(at=AT)] * 3)
    assert selectors.wallet_funding(committed_escrow.wallet).final == 1_050_000
    seen = AuditEntry.objects.filter(verb="wallets.payment.mined", subject=committed_escrow.wallet.pk)
    assert seen.count() == 2


@pytest.mark.parametrize("order", [("monitor", "worker"), ("worker", "monitor")])
def test_monitor_and_worker_do_not_block_each_other(committed_escrow: Escrow, order: tuple[str, str]) -> None:
    """A rival spend is taken in while the payout of the same coin is being prepared."""
    from tests.wallets.test_broadcast import spend_elsewhere

    intent = queued(committed_escrow, MERCHANT_ADDRESS)
    spend_elsewhere(committed_escrow)
    works = {"monitor": lambda: scan_chain(at=AT), "worker": step(intent)}
    refusals = together(*(works[name] for name in order))
    assert set(refusals) <= {"not_enough_coins"}
    assert fresh(intent).state in {State.QUEUED, State.PREPARED, State.UNKNOWN}

"""T4 with a key of ours: the whole frozen transaction goes to the signer, its answer comes back."""

from datetime import timedelta
from typing import Any

import pytest

from custody.accounts.models import User
from custody.chains.bitcoin.psbt import decode, digests
from custody.common.errors import CustodyError, NotFoundError
from custody.compliance.models import Hold
from custody.hsm.models import SigningRequest
from custody.hsm.selectors import request_of
from custody.statements.request import SpendPayload
from custody.statements.result import Head, MadeSignature, Result
from custody.wallets import selectors, services
from custody.wallets.models import TransferIntent, TxSignature
from custody.wallets.states import State
from tests.escrow.test_holds import clear
from tests.harness.bitcoin import REGTEST, private_key, public_key
from tests.harness.signer_role import write_answer
from tests.wallets.deals import (
    AT,
    INSTANCE,
    OUR_KEY,
    Escrow,
    attempt_of,
    audited,
    collected,
    drive,
    fresh,
    give,
)


@pytest.fixture
def intent(funded: Escrow) -> TransferIntent:
    return funded.collecting(needs_our_key=True)


def answer(intent: TransferIntent, *, signer: str, **changes: Any) -> str:
    """Write the signer's result row for the intent's request; return the request's id."""
    row = SigningRequest.objects.get(pk=attempt_of(intent).signing_request)
    digest = digests(decode(attempt_of(intent).psbt, chain=REGTEST))[0]
    made = MadeSignature(
        input=0,
        public_key=public_key(signer).hex(),
        signature=private_key(signer).sign_recoverable(digest, hasher=None)[:64].hex(),
    )
    values: dict[str, Any] = {"outcome": "SIGNED", "signatures": (made,), **changes}
    result = Result(
        instance=INSTANCE,
        request=row.pk,
        request_hash=request_of(row.pk).hash,
        head=Head(seq=1, hash="00" * 32),
        **values,
    )
    write_answer(row, outcome=result.outcome, body=result.to_bytes())
    return row.pk


def test_asks_the_signer_with_the_whole_transaction(funded: Escrow, intent: TransferIntent) -> None:
    attempt = attempt_of(intent)
    request = request_of(attempt.signing_request)
    assert (request.kind, request.key) == ("BTC_SPEND", OUR_KEY)
    assert request.intent == selectors.document_of(intent)
    assert request.payload == SpendPayload(psbt=attempt.psbt)


def test_asks_once(intent: TransferIntent) -> None:
    drive(intent)
    assert SigningRequest.objects.count() == 1


def test_does_not_ask_where_parties_sign_alone(funded: Escrow) -> None:
    funded.collecting()
    assert not SigningRequest.objects.exists()


def test_our_signature_and_one_party_complete_the_payout(funded: Escrow, intent: TransferIntent) -> None:
    request = answer(intent, signer=funded.mediator)
    services.apply_signature(request_id=request, at=AT)
    assert fresh(intent).state == State.SIGNING
    give(intent, "merchant")
    assert fresh(intent).state == State.SIGNED
    assert collected(intent) == sorted([public_key(funded.mediator).hex(), public_key("merchant").hex()])


def test_the_answer_counts_once(funded: Escrow, intent: TransferIntent) -> None:
    request = answer(intent, signer=funded.mediator)
    services.apply_signature(request_id=request, at=AT)
    services.apply_signature(request_id=request, at=AT)
    assert TxSignature.objects.get().source == "SIGNER"


def test_a_lost_message_is_made_up_for_by_the_sweeper(funded: Escrow, intent: TransferIntent) -> None:
    answer(intent, signer=funded.mediator)
    drive(intent)
    assert collected(intent) == [public_key(funded.mediator).hex()]


def test_a_refusal_ends_the_collecting(intent: TransferIntent) -> None:
    request = answer(
        intent,
        signer="mediator",
        outcome="REFUSED",
        signatures=(),
        rule="anchor_differs",
        culprit="/payload/psbt",
    )
    services.apply_signature(request_id=request, at=AT)
    assert fresh(intent).state == State.CANCELLING
    (entry,) = audited("wallets.intent.signature_refused")
    assert (entry["rule"], entry["culprit"]) == ("anchor_differs", "/payload/psbt")


def test_an_answer_with_a_foreign_key_is_refused(intent: TransferIntent) -> None:
    request = answer(intent, signer="stranger")
    with pytest.raises(CustodyError) as refusal:
        services.apply_signature(request_id=request, at=AT)
    assert refusal.value.code == "psbt_foreign_key"
    assert not TxSignature.objects.exists()


def test_an_answer_to_no_attempt_is_refused(db: None) -> None:
    with pytest.raises(NotFoundError):
        services.apply_signature(request_id="req_01KAJ8W0000000000000000009", at=AT)


def test_the_signer_is_not_asked_while_compliance_holds_the_deal(
    funded: Escrow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from custody.wallets.services.steps import STEPS

    monkeypatch.delitem(STEPS, State.PREPARED)
    intent = drive(funded.submit(needs_our_key=True))
    monkeypatch.undo()
    assert intent.state == State.PREPARED
    hold_deal(funded)
    with pytest.raises(CustodyError) as refusal:
        services.take_step(intent_id=intent.pk, at=AT)
    assert refusal.value.code == "on_hold"
    assert not SigningRequest.objects.exists()


def test_the_signers_answer_waits_while_compliance_holds_the_deal(
    funded: Escrow, intent: TransferIntent, officer: User, second_officer: User
) -> None:
    request = answer(intent, signer=funded.mediator)
    hold_deal(funded)
    with pytest.raises(CustodyError) as refusal:
        services.apply_signature(request_id=request, at=AT)
    assert refusal.value.code == "on_hold"
    assert not TxSignature.objects.exists()
    clear(officer, second_officer)
    drive(intent)
    assert collected(intent) == [public_key(funded.mediator).hex()]


def test_a_refusal_counts_while_compliance_holds_the_deal(funded: Escrow, intent: TransferIntent) -> None:
    request = refuse(intent, rule="unknown_maker")
    hold_deal(funded)
    services.apply_signature(request_id=request, at=AT)
    assert fresh(intent).state == State.CANCELLING


def test_an_answer_that_came_before_the_end_counts_after_it(funded: Escrow, intent: TransferIntent) -> None:
    """The worker was down: ending the intent would lose the only spend our key makes of these coins."""
    answer(intent, signer=funded.mediator)
    assert drive(intent, at=intent.expires_at + timedelta(days=1)).state == State.SIGNING
    assert collected(intent) == [public_key(funded.mediator).hex()]
    give(intent, "merchant")
    assert fresh(intent).state == State.SIGNED


@pytest.mark.parametrize("failed", [False, True])
def test_an_intent_the_signer_may_have_signed_does_not_end(intent: TransferIntent, failed: bool) -> None:
    if failed:
        answer(intent, signer="mediator", outcome="FAILED", signatures=(), rule="token")
    late = intent.expires_at + timedelta(seconds=1)
    with pytest.raises(CustodyError) as refusal:
        services.take_step(intent_id=intent.pk, at=late)
    assert (refusal.value.code, refusal.value.status) == ("signer_silent", 503)
    assert fresh(intent).state == State.SIGNING
    # What the signer does about a promise past its time: tests/wallets/test_lapse.py, with a real one.
    refuse(intent, rule="intent_expired")
    services.take_step(intent_id=intent.pk, at=late)
    assert fresh(intent).state == State.CANCELLING


def refuse(intent: TransferIntent, *, rule: str) -> str:
    return answer(
        intent, signer="mediator", outcome="REFUSED", signatures=(), rule=rule, culprit="/intent/maker"
    )


def hold_deal(escrow: Escrow) -> None:
    """Put a compliance hold on the deal, by a hit of its listed address."""
    from custody.compliance.services import screen_address

    screen_address(
        actor="system:test",
        subject=escrow.wallet.deal,
        chain=REGTEST,
        address="bcrt1q79gxyyqr2s6x5gl6chw8h34wvwuphanxs048rr",
        purpose="RELEASE",
        at=AT,
    )
    assert Hold.objects.filter(subject=escrow.wallet.deal).exists()

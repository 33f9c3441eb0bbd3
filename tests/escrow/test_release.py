"""Payouts the parties agree on: exact payees from the terms, both signatures, followed to the end."""

from datetime import timedelta

import pytest

from custody.chains.bitcoin.psbt import decode
from custody.common.errors import CustodyError, InvalidInputError, RefusedError
from custody.escrow import selectors, services
from custody.escrow.models import Payout
from custody.escrow.services.payouts import make_payout
from custody.escrow.states import State
from custody.wallets import selectors as wallets
from custody.wallets.models import TransferIntent
from scripts.embedded.bitcoind import Node
from tests.cast import AT
from tests.chains.psbts import with_output
from tests.escrow.sides import key_of
from tests.escrow.stage import Stage
from tests.harness.bitcoin import REGTEST
from tests.wallets.deals import POLICY


def release(stage: Stage) -> Payout:
    payout = services.propose_release(actor=stage.buyer.user, deal_id=stage.deal_id, at=AT)
    stage.drive()
    return payout


def test_a_release_pays_the_merchant_all_but_the_fee(funded: Stage) -> None:
    payout = release(funded)
    document = wallets.document_of(payout.intent)
    # 159 virtual bytes for one input and one output, at 10 satoshi each.
    assert [(payee.to, payee.amount) for payee in document.payees] == [(funded.merchant.payout, 998_410)]
    assert (document.reason.code, document.reason.ref) == ("RELEASE", funded.deal_id)
    assert (document.source.terms, document.policy) == (funded.version.hash, POLICY.hash)
    assert document.expires_at == AT + timedelta(hours=70)
    assert not payout.intent.needs_our_key


def test_buyer_and_merchant_release_without_us(funded: Stage, node: Node) -> None:
    release(funded)
    assert funded.deal.state == State.RELEASE_PROPOSED
    funded.give(funded.buyer)
    assert funded.deal.state == State.RELEASE_PROPOSED
    funded.give(funded.merchant)
    assert funded.deal.state == State.RELEASE_SIGNED
    funded.drive()
    assert funded.deal.state == State.RELEASE_BROADCAST
    funded.mine(node, 3)
    assert funded.deal.state == State.RELEASED


def test_the_merchant_refunds_the_buyer(funded: Stage, node: Node) -> None:
    payout = services.propose_release(actor=funded.merchant.user, deal_id=funded.deal_id, at=AT)
    funded.drive()
    assert [payee.to for payee in wallets.document_of(payout.intent).payees] == [funded.buyer.payout]
    for side in funded.sides:
        funded.give(side)
    funded.drive()
    funded.mine(node, 3)
    assert funded.deal.state == State.REFUNDED


def test_one_release_at_a_time(funded: Stage) -> None:
    release(funded)
    with pytest.raises(RefusedError) as error:
        services.propose_release(actor=funded.merchant.user, deal_id=funded.deal_id, at=AT)
    assert error.value.code == "wrong_state"
    assert Payout.objects.count() == 1


def test_nothing_is_released_before_funding(stage: Stage) -> None:
    with pytest.raises(RefusedError) as error:
        services.propose_release(actor=stage.buyer.user, deal_id=stage.deal_id, at=AT)
    assert error.value.code == "wrong_state"


def test_an_altered_amount_is_refused_and_nothing_kept(funded: Stage) -> None:
    from dataclasses import replace

    release(funded)
    altered = with_output(funded.psbt(), lambda output: replace(output, amount=output.amount - 1))
    with pytest.raises(InvalidInputError):
        funded.give(funded.buyer, altered)
    payout = selectors.current_payout(funded.deal)
    assert payout is not None
    attempt = wallets.attempt_of(payout.intent)
    assert attempt is not None
    assert not wallets.signed_keys(attempt)
    assert funded.deal.state == State.RELEASE_PROPOSED


def test_a_signature_of_the_other_party_is_not_ours_to_give(funded: Stage) -> None:
    release(funded)
    with pytest.raises(InvalidInputError) as error:
        funded.give(funded.buyer, funded.signed(funded.merchant.key))
    assert error.value.code == "psbt_foreign_key"


def test_an_unsigned_file_is_refused(funded: Stage) -> None:
    release(funded)
    with pytest.raises(InvalidInputError) as error:
        funded.give(funded.buyer, funded.psbt())
    assert error.value.code == "psbt_unsigned"


def test_nothing_is_signed_before_it_is_proposed(funded: Stage) -> None:
    with pytest.raises(RefusedError) as error:
        services.upload_signature(actor=funded.buyer.user, deal_id=funded.deal_id, psbt="", at=AT)
    assert error.value.code == "wrong_state"


def test_a_withdrawn_release_can_be_proposed_anew(funded: Stage, node: Node) -> None:
    first = release(funded)
    funded.give(funded.buyer)
    services.withdraw_release(actor=funded.merchant.user, deal_id=funded.deal_id, at=AT)
    funded.follow()
    assert funded.deal.state == State.FUNDED
    second = release(funded)
    before, after = (wallets.document_of(payout.intent).total for payout in (first, second))
    assert (second.intent_id != first.intent_id, after - before) == (True, 1)
    for side in funded.sides:
        funded.give(side)
    funded.drive()
    funded.mine(node, 3)
    assert funded.deal.state == State.RELEASED


def test_a_signed_release_cannot_be_withdrawn(funded: Stage) -> None:
    release(funded)
    for side in funded.sides:
        funded.give(side)
    with pytest.raises(CustodyError) as error:
        services.withdraw_release(actor=funded.buyer.user, deal_id=funded.deal_id, at=AT)
    assert error.value.code == "wrong_state"


def test_an_expired_release_leads_back(funded: Stage) -> None:
    from tests.wallets.deals import drive

    payout = release(funded)
    drive(payout.intent, at=AT + timedelta(hours=71))
    funded.follow()
    assert funded.deal.state == State.FUNDED


def test_a_release_withdrawn_too_late_ends_the_deal_all_the_same(funded: Stage, node: Node) -> None:
    """Both signatures were given outside: only the chain decides."""
    from custody.chains.bitcoin.psbt import combine, finalize

    release(funded)
    both = combine(funded.signed(funded.buyer.key), [funded.signed(funded.merchant.key)], chain=REGTEST)
    services.withdraw_release(actor=funded.buyer.user, deal_id=funded.deal_id, at=AT)
    funded.follow()
    node.client().send(finalize(both, chain=REGTEST).to_bytes())
    funded.mine(node, 3)
    assert funded.deal.state == State.RELEASED


def test_following_twice_is_once(funded: Stage) -> None:
    release(funded)
    for side in funded.sides:
        funded.give(side)
    before = funded.deal.state_changed_at
    funded.follow()
    funded.follow()
    assert (funded.deal.state, funded.deal.state_changed_at) == (State.RELEASE_SIGNED, before)


def test_intents_of_others_are_no_concern(funded: Stage) -> None:
    services.follow_intent(intent_id="int_unknown", at=AT)
    assert funded.deal.state == State.FUNDED


def test_dust_of_strangers_is_left_out(funded: Stage, node: Node) -> None:
    funded.fund(node, 1_000)
    release(funded)
    spend = decode(funded.psbt(), chain=REGTEST)
    assert [item.amount for item in spend.inputs] == [1_000_000]


def test_a_later_payment_is_paid_out_too(funded: Stage, node: Node) -> None:
    funded.fund(node, 50_000)
    payout = release(funded)
    assert wallets.document_of(payout.intent).total == 1_047_360
    assert sum(item.amount for item in decode(funded.psbt(), chain=REGTEST).inputs) == 1_050_000


@pytest.mark.parametrize("share", [0, 999])
def test_a_share_too_small_to_send_makes_no_payout(funded: Stage, share: int) -> None:
    with pytest.raises(RefusedError) as error:
        make_payout(
            funded.deal,
            kind=Payout.Kind.RELEASE,
            split={"buyer": 0, "merchant": share},
            maker=funded.buyer.user.pk,
            actor=funded.buyer.user,
            at=AT,
        )
    assert error.value.code == "nothing_to_pay"
    assert not TransferIntent.objects.exists()


def test_a_stranger_key_signs_nothing(funded: Stage) -> None:
    release(funded)
    with pytest.raises(InvalidInputError):
        funded.give(funded.buyer, funded.signed(key_of("stranger")))
    assert TransferIntent.objects.get().state == "SIGNING"

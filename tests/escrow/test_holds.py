"""A sanctions hit stops the deal at every step until two officers have cleared it."""

from collections.abc import Callable

import pytest

from custody.accounts.models import Client, User
from custody.accounts.otp import FreshFactor
from custody.common.errors import RefusedError
from custody.compliance.models import Hit, Screening
from custody.compliance.selectors import has_hold
from custody.compliance.services import confirm_hit, decide_hit
from custody.escrow import selectors, services
from custody.escrow.models import Deal, Payout
from custody.escrow.states import State
from custody.wallets.models import TransferIntent
from tests.cast import AT
from tests.escrow.sides import key_of
from tests.escrow.stage import Stage, sheet

LISTED_NAME = "Faris al-Mithal"
LISTED_ADDRESS = "bcrt1q79gxyyqr2s6x5gl6chw8h34wvwuphanxs048rr"


def rename(stage: Stage, name: str) -> None:
    """The client turns out to have another name."""
    client = Client.objects.get(pk=stage.merchant.client)
    client.name = name
    client.save()


def clear(officer: User, second: User) -> None:
    """Two officers find all hits to be false positives."""
    for hit_id in Hit.objects.values_list("pk", flat=True):
        decide_hit(
            actor=officer, hit_id=hit_id, outcome="FALSE_POSITIVE", reason="Another person, passport", at=AT
        )
        confirm_hit(actor=second, hit_id=hit_id, factor=FreshFactor(second.pk, AT), at=AT)


def open_with_listed_merchant(stage: Stage) -> Stage:
    rename(stage, LISTED_NAME)
    agreed = sheet(stage.buyer.client, stage.merchant.client, stage.mediator)
    stage.deal_id = services.open_deal(actor=stage.officer, sheet=agreed, at=AT).pk
    return stage


def test_a_listed_party_stops_its_new_deal(stage: Stage) -> None:
    held = open_with_listed_merchant(stage)
    assert held.deal.state == State.DRAFT
    assert selectors.is_held(held.deal)
    assert has_hold([held.merchant.client])
    with pytest.raises(RefusedError) as error:
        held.join()
    assert error.value.code == "compliance_hold"


def test_parties_do_not_read_what_is_examined(stage: Stage) -> None:
    held = open_with_listed_merchant(stage)
    with pytest.raises(RefusedError, match="^the deal is under review$"):
        held.join()


def test_the_hold_of_a_client_stops_its_other_deals(stage: Stage) -> None:
    before = stage.deal
    open_with_listed_merchant(stage)
    assert selectors.is_held(before)


def test_a_listed_payout_address_stops_the_deal(stage: Stage) -> None:
    services.join_deal(
        actor=stage.buyer.user,
        deal_id=stage.deal_id,
        public_key=stage.buyer.public_key,
        payout_address=LISTED_ADDRESS,
        at=AT,
    )
    assert selectors.is_held(stage.deal)
    assert Screening.objects.get(matched="ADDRESS").result == "HIT"


def test_a_deal_cleared_by_two_officers_goes_on(stage: Stage, officer: User, second_officer: User) -> None:
    held = open_with_listed_merchant(stage)
    clear(officer, second_officer)
    held.until(State.TERMS_PROPOSED)
    assert held.deal.state == State.TERMS_PROPOSED


def test_a_confirmed_match_stops_the_deal_for_good(stage: Stage, officer: User, second_officer: User) -> None:
    held = open_with_listed_merchant(stage)
    hit = Hit.objects.get()
    decide_hit(actor=officer, hit_id=hit.pk, outcome="CONFIRMED", reason="Same date of birth", at=AT)
    confirm_hit(actor=second_officer, hit_id=hit.pk, factor=FreshFactor(second_officer.pk, AT), at=AT)
    with pytest.raises(RefusedError):
        held.join()


def release(stage: Stage) -> Payout:
    return services.propose_release(actor=stage.buyer.user, deal_id=stage.deal_id, at=AT)


def test_parties_and_addresses_are_screened_again_before_a_release(funded: Stage) -> None:
    release(funded)
    again = Screening.objects.filter(purpose="RELEASE")
    assert sorted(again.values_list("subject", flat=True)) == sorted(
        [funded.buyer.client, funded.merchant.client, funded.deal_id, funded.deal_id]
    )


def test_a_hit_before_the_release_stops_it_and_stays(funded: Stage) -> None:
    rename(funded, LISTED_NAME)
    with pytest.raises(RefusedError) as error:
        release(funded)
    assert error.value.code == "compliance_hold"
    assert Hit.objects.get().subject == funded.merchant.client
    assert selectors.is_held(funded.deal)
    assert not TransferIntent.objects.exists()


def test_a_cleared_release_goes_on(funded: Stage, officer: User, second_officer: User) -> None:
    rename(funded, LISTED_NAME)
    with pytest.raises(RefusedError):
        release(funded)
    clear(officer, second_officer)
    assert release(funded).kind == "RELEASE"


def test_a_hit_before_the_award_stops_the_confirmation(funded: Stage) -> None:
    services.open_dispute(actor=funded.buyer.user, deal_id=funded.deal_id, claim="Nothing came.", at=AT)
    funded.decide()
    rename(funded, LISTED_NAME)
    factor = FreshFactor(funded.officer.pk, AT)
    with pytest.raises(RefusedError) as error:
        services.confirm_decision(actor=funded.officer, deal_id=funded.deal_id, factor=factor, at=AT)
    assert error.value.code == "compliance_hold"
    assert funded.deal.state == State.DECISION_PROPOSED
    assert not TransferIntent.objects.exists()


def hold(stage: Stage) -> None:
    """Place a hold in the middle of a deal, as a screening elsewhere would."""
    from custody.compliance.services import register_party, screen_party

    register_party(actor="system:test", subject="cli_elsewhere", names=[LISTED_NAME], at=AT)
    screen_party(
        actor="system:test", subject="cli_elsewhere", purpose="ONBOARDING", holds=[stage.deal_id], at=AT
    )


STEPS: dict[State, Callable[[Stage], object]] = {
    State.DRAFT: Stage.join,
    State.TERMS_PROPOSED: lambda stage: stage.sign(stage.buyer),
    State.TERMS_SIGNED: Stage.give_nonces,
    State.KEYS_PROVEN: lambda stage: stage.confirm(stage.buyer.user),
}


@pytest.mark.parametrize("state", STEPS)
def test_no_step_is_taken_while_a_hold_stands(stage: Stage, state: State) -> None:
    stage.until(state)
    if state == State.TERMS_SIGNED:
        stage.pin()
    hold(stage)
    with pytest.raises(RefusedError) as error:
        STEPS[state](stage)
    assert error.value.code == "compliance_hold"
    assert stage.deal.state == state


PAYING: dict[str, Callable[[Stage], object]] = {
    "withdraw": lambda stage: services.withdraw_release(actor=stage.buyer.user, deal_id=stage.deal_id, at=AT),
    "upload": lambda stage: stage.give(stage.buyer),
    "dispute": lambda stage: services.open_dispute(
        actor=stage.buyer.user, deal_id=stage.deal_id, claim="Nothing came.", at=AT
    ),
}


@pytest.mark.parametrize("step", PAYING)
def test_a_proposed_release_stands_still_while_a_hold_stands(funded: Stage, step: str) -> None:
    release(funded)
    funded.drive()
    hold(funded)
    with pytest.raises(RefusedError) as error:
        PAYING[step](funded)
    assert error.value.code == "compliance_hold"
    assert Deal.objects.get().state == State.RELEASE_PROPOSED


def test_a_held_deal_still_sees_its_coins(stage: Stage) -> None:
    """What the chain did is a fact; a hold stops what people want."""
    from custody.escrow.states import DEAL, Event

    assert DEAL.next(State.AWAITING_FUNDING, Event.FUNDED) == State.FUNDED


def test_keys_of_a_held_party_stay_unknown(stage: Stage) -> None:
    held = open_with_listed_merchant(stage)
    with pytest.raises(RefusedError):
        services.join_deal(
            actor=held.buyer.user,
            deal_id=held.deal_id,
            public_key=key_of("other").public_key.format().hex(),
            payout_address=held.buyer.payout,
            at=AT,
        )
    assert not held.deal.participants.exclude(public_key="").exists()

"""The table of states as a whole: what ends, what can be reached, what the chain may always do."""

import pytest

from custody.common.states import IllegalTransitionError
from custody.escrow.states import DEAL, ENDED, HOLDING_COINS, Event, State


def test_five_states_end_a_deal() -> None:
    assert ENDED == (State.FUNDING_EXPIRED, State.REFUNDED, State.RELEASED, State.RESOLVED, State.SETTLED)


def test_every_state_and_event_is_used() -> None:
    assert DEAL.states() == set(State)
    assert {event for _, event in DEAL.table} == set(Event)


def test_every_state_is_reached_from_the_draft() -> None:
    reached = {State.DRAFT.value}
    while new := {to for (state, _), to in DEAL.table.items() if state in reached} - reached:
        reached |= new
    assert reached == {state.value for state in State}


@pytest.mark.parametrize("state", HOLDING_COINS)
@pytest.mark.parametrize("event", [Event.RELEASED, Event.REFUNDED, Event.RESOLVED])
def test_a_final_payout_ends_the_deal_from_wherever_coins_are_held(state: State, event: Event) -> None:
    assert DEAL.next(state, event) in ENDED


@pytest.mark.parametrize("state", sorted(set(State) - set(HOLDING_COINS)))
def test_nothing_is_paid_out_where_no_coins_are_held(state: State) -> None:
    for event in (Event.RELEASED, Event.REFUNDED, Event.RESOLVED, Event.RELEASE_PROPOSED, Event.DECIDED):
        with pytest.raises(IllegalTransitionError):
            DEAL.next(state, event)

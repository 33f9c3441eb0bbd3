"""The state table: complete, with ends that are ends, and no way back from what may be signed."""

import re
from importlib import import_module

import pytest

from custody.common.states import IllegalTransitionError
from custody.wallets.states import IN_FLIGHT, INTENT, OPEN, Event, State

UNUSED = {
    State.DRAFT,
    State.FROZEN,
    State.REPLACING,
    State.CONFIRMED,
    State.FAILED_ONCHAIN,
}
ENDS = {State.DENIED, State.REJECTED, State.EXPIRED, State.CANCELLED, State.FINAL, State.FAILED_ONCHAIN}


def reachable(start: State, *, without: set[Event] | None = None) -> set[str]:
    """States that can follow ``start``."""
    found: set[str] = set()
    waiting: set[str] = {start}
    while waiting:
        state = waiting.pop()
        found.add(state)
        following = {
            target
            for (source, event), target in INTENT.table.items()
            if source == state and event not in (without or set())
        }
        waiting |= following - found
    return found


def test_knows_every_state() -> None:
    assert reachable(State.SUBMITTED) == set(State) - UNUSED


@pytest.mark.parametrize("state", sorted(UNUSED))
def test_unused_states_refuse_every_event(state: State) -> None:
    for event in Event:
        with pytest.raises(IllegalTransitionError):
            INTENT.next(state, event)


def test_ends_have_no_exit() -> None:
    assert INTENT.terminal() | {State.FAILED_ONCHAIN} == ENDS
    triggers = import_module("custody.wallets.migrations.0002_triggers")
    assert set(re.findall(r"'(\w+)'", triggers._ENDED)) == ENDS
    assert not {source for source, _ in INTENT.table} & ENDS


@pytest.mark.parametrize("state", [*IN_FLIGHT, State.MINED])
def test_what_may_be_signed_is_cancelled_by_the_chain_only(state: State) -> None:
    endings = reachable(state, without={Event.SUPERSEDED}) & ENDS
    assert endings == {State.FINAL}


@pytest.mark.parametrize("state", IN_FLIGHT)
def test_a_mined_transaction_counts_in_every_state_it_can_happen_in(state: State) -> None:
    assert INTENT.next(state, Event.MINED) == State.MINED


@pytest.mark.parametrize("state", OPEN)
def test_what_is_not_reserved_ends_at_once(state: State) -> None:
    assert INTENT.next(state, Event.EXPIRED) == State.EXPIRED
    assert INTENT.next(state, Event.REJECTED) == State.REJECTED


@pytest.mark.parametrize("state", [State.SIGNED, State.BROADCASTING, State.BROADCAST, State.MINED])
def test_a_signed_transaction_cannot_be_withdrawn(state: State) -> None:
    with pytest.raises(IllegalTransitionError):
        INTENT.next(state, Event.CANCEL_REQUESTED)

"""Every state of a deal has its sentence and its place among the steps: a forgotten one is a broken page."""

import pytest

from custody.escrow.states import ENDED, State
from custody.portal import page, turn


def test_says_whom_each_state_waits_for() -> None:
    assert set(turn._WAITING) == set(State) - set(ENDED)


@pytest.mark.parametrize("state", State)
def test_each_state_is_at_one_of_the_steps(state: State) -> None:
    assert page._reached(state) in range(6)

"""Transition tables: what is not in the table does not happen."""

import pytest

from custody.common.states import IllegalTransitionError, Transitions

DOOR = Transitions(
    noun="door", table={("OPEN", "close"): "SHUT", ("SHUT", "open"): "OPEN", ("SHUT", "wall"): "GONE"}
)


def test_follows_the_table() -> None:
    assert DOOR.next("OPEN", "close") == "SHUT"
    assert DOOR.next("SHUT", "open") == "OPEN"


@pytest.mark.parametrize(
    ("state", "event"), [("OPEN", "open"), ("GONE", "open"), ("NOWHERE", "open"), ("OPEN", "")]
)
def test_refuses_everything_else(state: str, event: str) -> None:
    with pytest.raises(IllegalTransitionError) as caught:
        DOOR.next(state, event)
    assert caught.value.code == "illegal_transition"
    assert caught.value.status == 409


def test_knows_all_states_and_those_without_exit() -> None:
    assert DOOR.states() == {"OPEN", "SHUT", "GONE"}
    assert DOOR.terminal() == {"GONE"}

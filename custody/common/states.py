"""A transition table: which event leads from which state to which; all else is refused."""

from collections.abc import Mapping
from dataclasses import dataclass

from custody.common.errors import RefusedError


class IllegalTransitionError(RefusedError):
    """The event is not allowed in this state; nothing was changed."""

    code = "illegal_transition"


@dataclass(frozen=True)
class Transitions:
    """``table[(state, event)] = next state``; a state without exits is terminal."""

    noun: str
    table: Mapping[tuple[str, str], str]

    def next(self, state: str, event: str) -> str:
        """Return the state after ``event``; raise IllegalTransitionError when there is none."""
        try:
            return self.table[state, event]
        except KeyError:
            raise IllegalTransitionError(f"{self.noun}: {event} is not possible in state {state}") from None

    def states(self) -> frozenset[str]:
        return frozenset(state for state, _ in self.table) | frozenset(self.table.values())

    def terminal(self) -> frozenset[str]:
        return self.states() - frozenset(state for state, _ in self.table)

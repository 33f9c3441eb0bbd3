"""Attacks on the signer as data: what is asked, which rule refuses it, and where it says the fault lies.

One file per surface; a new attack is one line in its table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from custody.statements.request import Request
from custody.statements.terms import Terms
from tests.signer.house import House


@dataclass(frozen=True)
class Ground:
    """A house with an active key and two approvers, and a deal whose terms are registered."""

    house: House
    terms: Terms


T = TypeVar("T")


@dataclass(frozen=True)
class Attack(Generic[T]):
    """``make`` may prepare the ground; the request it returns must be refused."""

    name: str
    rule: str
    culprit: str
    make: Callable[[T], Request]

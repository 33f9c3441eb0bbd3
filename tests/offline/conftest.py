"""The counter of an offline signer: the store, token and officers of the signer tests."""

import pytest

from custody.hsm.signer.offline.counter import Counter
from tests.signer.bench import Bench
from tests.signer.house import House


@pytest.fixture
def house(bench: Bench) -> House:
    """A wallet of the house whose key lives on the offline signer."""
    return House(bench)


@pytest.fixture
def counter(house: House) -> Counter:
    return counter_of(house.bench)


def counter_of(bench: Bench) -> Counter:
    return Counter(store=bench.store, signer=bench.signer, clock=bench.clock)

"""Coins that add up without change, held against trying every subset."""

from dataclasses import dataclass
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from custody.wallets.fitting import Costs, Search


@dataclass(frozen=True)
class Coin:
    amount: int


def coins_of(*amounts: int) -> list[Coin]:
    return [Coin(amount) for amount in amounts]


def search(amounts: list[int], amount: int, *, most: int = 100) -> Search[Coin]:
    return Search(coins_of(*amounts), amount, Costs(frame=10, each=5, most=most, usual=2)).run()


def payable(amounts: list[int], most: int) -> list[tuple[int, int]]:
    """Least and highest amount each subset can pay, by trying all."""
    ranges = []
    for count in range(1, len(amounts) + 1):
        for chosen in combinations([amount for amount in amounts if amount > 5], count):
            ranges.append((sum(chosen) - most, sum(chosen) - 10 - 5 * count))
    return [(low, high) for low, high in ranges if low <= high]


@given(
    amounts=st.lists(st.integers(1, 3_000), max_size=8),
    amount=st.integers(1, 6_000),
    most=st.integers(20, 400),
)
def test_finds_coins_exactly_where_there_are_some(amounts: list[int], amount: int, most: int) -> None:
    found = search(amounts, amount, most=most).found
    exists = any(low <= amount <= high for low, high in payable(amounts, most))
    assert bool(found) == exists
    if found:
        fee = sum(coin.amount for coin in found) - amount
        assert 10 + 5 * len(found) <= fee <= most


@given(amounts=st.lists(st.integers(500, 3_000), min_size=1, max_size=7), amount=st.integers(1, 6_000))
def test_names_the_nearest_amounts_that_can_be_paid(amounts: list[int], amount: int) -> None:
    result, ranges = search(amounts, amount), payable(amounts, 100)
    if result.found:
        return
    assert result.below == max([0, *(high for _, high in ranges if high < amount)])
    assert result.above == min((low for low, _ in ranges if low > amount), default=None)


def test_prefers_the_usual_fee() -> None:
    # One coin at the usual fee of twice 15; another at the highest.
    assert search([1_100, 1_030], 1_000).found == tuple(coins_of(1_030))


def test_a_coin_that_costs_more_than_it_brings_is_left_out() -> None:
    assert search([5, 1_030], 1_000).found == tuple(coins_of(1_030))


def test_gives_up_in_time() -> None:
    result = search([1_000_000 + 2**index for index in range(60)], 30_000_007)
    assert result.found == ()
    assert 0 < result.below < 30_000_007

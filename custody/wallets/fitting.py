"""Coins that pay an amount without change: the coins are spent whole, what is left over is the fee.

A depth-first search over the coins, largest first, as Bitcoin Core's branch and bound (Erhardt, An
Evaluation of Coin Selection Strategies, 2016): a branch ends when it pays too much already, or too
little with all that is left. Pure; amounts in satoshi.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

MAX_TRIES = 50_000


class Coin(Protocol):
    """``amount`` in satoshi."""

    @property
    def amount(self) -> int: ...


C = TypeVar("C", bound=Coin)


@dataclass(frozen=True)
class Costs:
    """Fees of a payment with n inputs: at least ``frame + n * each``, at most ``most``.

    ``usual`` times the least fee is what is aimed at.
    """

    frame: int
    each: int
    most: int
    usual: int = 1

    def least(self, inputs: int) -> int:
        return self.frame + inputs * self.each


@dataclass
class Search(Generic[C]):
    """``found`` pays ``amount``; else ``below`` and ``above`` are the nearest payable amounts seen."""

    coins: Sequence[C]
    amount: int
    costs: Costs
    found: tuple[C, ...] = ()
    below: int = 0
    above: int | None = None
    _best: int | None = field(default=None, init=False)
    _tries: int = field(default=MAX_TRIES, init=False)

    def run(self) -> "Search[C]":
        """Search; the order of ``coins`` does not matter."""
        ordered = sorted(self.coins, key=lambda coin: -coin.amount)
        ordered = [coin for coin in ordered if coin.amount > self.costs.each]
        rest = [0]
        for coin in reversed(ordered):
            rest.append(rest[-1] + coin.amount - self.costs.each)
        self._descend(ordered, rest[::-1], chosen=[], total=0)
        return self

    def _descend(self, ordered: list[C], rest: list[int], *, chosen: list[C], total: int) -> None:
        """Judge ``chosen``, then go on with and without the next coin, which ``chosen`` ends before."""
        index = len(ordered) - len(rest) + 1
        self._tries -= 1
        if chosen and self._ends_here(chosen, total):
            return
        reach = total - self.costs.least(len(chosen)) + rest[0]
        if reach < self.amount:
            self.below = max(self.below, reach)
            return
        if len(rest) == 1 or self._tries <= 0:
            return
        coin = ordered[index]
        self._descend(ordered, rest[1:], chosen=[*chosen, coin], total=total + coin.amount)
        self._descend(ordered, rest[1:], chosen=chosen, total=total)

    def _ends_here(self, chosen: list[C], total: int) -> bool:
        """Note what ``chosen`` pays; True when more coins would only pay too much."""
        fee, least = total - self.amount, self.costs.least(len(chosen))
        if fee > self.costs.most:
            above = total - self.costs.most
            self.above = above if self.above is None else min(self.above, above)
            return True
        if fee < least:
            self.below = max(self.below, total - least)
            return False
        distance = abs(fee - min(self.costs.most, self.costs.usual * least))
        if self._best is None or distance < self._best:
            self.found, self._best = tuple(chosen), distance
        return False

"""Blocks that take more than they may, or that a key has signed before."""

from collections.abc import Callable

from custody.statements.request import Request
from tests.chains.blocks import HEIGHT, block, spend
from tests.signer import test_block
from tests.signer.attacks import Attack
from tests.signer.test_block import Mine, at_height


def _after(height: int, number: int, make: Callable[[Mine], Request]) -> Callable[[Mine], Request]:
    """``make`` once the key has signed a block at this place."""

    def attack(mine: Mine) -> Request:
        transactions = at_height(height)
        assert mine.ask(transactions, height=height, round=number).outcome == "SIGNED"
        return make(mine)

    return attack


ATTACKS: tuple[Attack[Mine], ...] = (
    *(
        Attack(f"block: {name}", rule, culprit, make)
        for name, (make, rule, culprit) in test_block.ATTACKS.items()
    ),
    Attack(
        "block: another one in the same round",
        "block_not_above_last",
        "/payload/round",
        _after(HEIGHT, 0, lambda mine: mine.request(block(spend(0)))),
    ),
    Attack(
        "block: a height below the last",
        "block_not_above_last",
        "/payload/height",
        _after(HEIGHT + 1, 0, lambda mine: mine.request()),
    ),
)

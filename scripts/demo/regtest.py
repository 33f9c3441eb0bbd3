"""Coins and blocks for whoever plays in the demonstration world: pay, mine, an address to be paid at."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from decimal import Decimal, InvalidOperation

from custody.chains.bitcoin.client import SATOSHI
from custody.common.errors import CustodyError
from scripts.embedded.bitcoind import Node
from scripts.installation import running_node


def main(words: list[str], node: Node | None = None) -> int:
    """Do one command at ``node``, by default that of the running world; returns the exit code."""
    arguments = _parser().parse_args(words)
    node = node or running_node()
    try:
        if arguments.command == "pay":
            print(node.fund(arguments.address, arguments.amount))
        elif arguments.command == "mine":
            print(node.mine(arguments.blocks)[-1])
        else:
            print(node.new_address())
    except CustodyError as error:
        print(f"refused: {error.code}: {error.detail}", file=sys.stderr)
        return 1
    return 0


def satoshi(text: str) -> int:
    """Read bitcoin with at most eight decimals; raises ArgumentTypeError."""
    try:
        amount = Decimal(text) * SATOSHI
    except InvalidOperation:
        raise _no_amount(text) from None
    if not amount.is_finite() or amount <= 0 or amount != int(amount):
        raise _no_amount(text)
    return int(amount)


def _no_amount(text: str) -> ArgumentTypeError:
    return ArgumentTypeError(
        f"{text!r} is not an amount of bitcoin above zero, with a point and at most eight decimals, like 0.01"
    )


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="scripts/regtest", description="Coins and blocks on the node of the demonstration world."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    pay = commands.add_parser("pay", help="send coins; they wait for a block")
    pay.add_argument("address")
    pay.add_argument("amount", type=satoshi, metavar="AMOUNT_BTC")
    mine = commands.add_parser("mine", help="mine blocks with everything that waits")
    mine.add_argument("blocks", type=int, choices=range(1, 145), metavar="N", help="1 to 144")
    commands.add_parser("address", help="a new address of the node's own wallet")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Blocks: read from a node, and judged when an application asks for a signature over one.

``parse`` reads what a node serves; ``proposal`` decodes a header with its transactions strictly;
``limits`` holds it against amounts, payees and times that a caller has proved or pinned.
What is not checked: scripts and signatures of the transactions, and the work of the header.
"""

from custody.chains.bitcoin.block.header import Header
from custody.chains.bitcoin.block.limits import (
    check_payees,
    check_reward,
    check_time,
    subsidy,
    total_fees,
)
from custody.chains.bitcoin.block.parse import Block, parse_block
from custody.chains.bitcoin.block.proposal import BlockPayee, BlockProposal, decode_proposal

__all__ = [
    "Block",
    "BlockPayee",
    "BlockProposal",
    "Header",
    "check_payees",
    "check_reward",
    "check_time",
    "decode_proposal",
    "parse_block",
    "subsidy",
    "total_fees",
]

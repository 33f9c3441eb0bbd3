"""Blocks of a real node pass every check, with the numbers the node itself names."""

import pytest

from custody.chains.bitcoin.address import p2wpkh_address
from custody.chains.bitcoin.block import (
    BlockProposal,
    check_reward,
    check_time,
    decode_proposal,
    parse_block,
    total_fees,
)
from custody.chains.bitcoin.block.header import HEADER_SIZE
from custody.chains.bitcoin.networks import network_of
from custody.chains.bitcoin.psbt import Payee, Spendable, build_spend, finalize
from custody.chains.bitcoin.script import p2wpkh_script
from custody.chains.bitcoin.transaction import parse_transaction
from scripts.embedded.bitcoind import Node
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST, public_key, sign

INTERVAL = network_of(REGTEST).halving_interval


def proposal(node: Node, block_hash: str) -> BlockProposal:
    raw = node.client().raw_block(block_hash)
    return decode_proposal(
        header=raw[:HEADER_SIZE].hex(),
        transactions=[item.to_bytes().hex() for item in parse_block(raw).transactions],
        chain=REGTEST,
    )


def previous_of(node: Node, block: BlockProposal) -> list[str]:
    inside = {item.txid for item in block.transactions}
    outside = {spent.txid for item in block.transactions[1:] for spent in item.inputs} - inside
    return [str(node.client().call("getrawtransaction", txid)) for txid in sorted(outside)]


@pytest.mark.parametrize("height", [1, 2, 16, 17, 18, 101])
def test_reads_the_blocks_of_the_node(node: Node, height: int) -> None:
    block_hash = node.client().block_hash(height)
    found = proposal(node, block_hash)
    told = node.client().call("getblockheader", block_hash)
    assert (found.header.hash, found.height, found.header.version, found.header.time) == (
        block_hash,
        height,
        told["version"],
        told["time"],
    )
    assert (found.header.merkle_root, found.header.nonce) == (told["merkleroot"], told["nonce"])
    assert f"{found.header.bits:08x}" == told["bits"]
    assert check_reward(found, fees=0, halving_interval=INTERVAL) == 0


def send_child(node: Node, name: str) -> str:
    """Fund a key and spend it again before either is mined; return the txid of the child."""
    key = public_key(name)
    raw = node.client().raw_transaction(node.fund(p2wpkh_address(key, REGTEST), 1_000_000))
    assert raw is not None
    outputs = parse_transaction(raw).outputs
    vout = next(index for index, item in enumerate(outputs) if item.script == p2wpkh_script(key))
    psbt = build_spend(
        inputs=[Spendable(vout, raw)],
        payees=[Payee(BUYER_ADDRESS, 990_000)],
        public_key=key,
        chain=REGTEST,
    )
    child = finalize(sign(psbt, name), chain=REGTEST)
    node.client().send(child.to_bytes())
    return child.txid


def test_proves_the_fees_of_a_block_with_spends(node: Node) -> None:
    """One transaction spends an output of another in the same block."""
    node.fund(MERCHANT_ADDRESS, 1_000_000)
    child = send_child(node, "parent and child")
    block_hash = node.mine()[0]
    found = proposal(node, block_hash)
    txids = [item.txid for item in found.transactions]
    spender = found.transactions[txids.index(child)]
    assert spender.inputs[0].txid in txids
    stats = node.client().call("getblockstats", block_hash)
    fees = total_fees(found, previous=previous_of(node, found))
    assert (fees, found.height) == (stats["totalfee"], stats["height"])
    assert fees > 10_000
    assert found.weight == node.client().call("getblock", block_hash, 1)["weight"]
    assert check_reward(found, fees=fees, halving_interval=INTERVAL) == 0
    check_time(found, earliest=stats["mediantime"] + 1, latest=stats["time"])

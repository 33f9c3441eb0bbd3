"""Whole spends on a regtest node: funded, signed by two or by one, accepted, mined, sent again."""

import pytest

from custody.chains.bitcoin.address import address_of, p2wpkh_address, p2wsh_address
from custody.chains.bitcoin.client import MissingInputsError
from custody.chains.bitcoin.psbt import (
    InputKind,
    Payee,
    Spendable,
    build_payout,
    build_spend,
    combine,
    estimated_vsize,
    finalize,
)
from custody.chains.bitcoin.script import descriptor, p2wpkh_script, p2wsh_script
from custody.chains.bitcoin.transaction import Transaction, parse_transaction
from scripts.embedded.bitcoind import Node
from tests.harness.bitcoin import MERCHANT_ADDRESS, REGTEST, escrow_script, is_valid_spend, public_key, sign


@pytest.fixture
def script(request: pytest.FixtureRequest) -> bytes:
    """A script of its own for each test, so that tests share the node."""
    return escrow_script("buyer", "merchant", f"mediator of {request.node.name}")


def fund(node: Node, output: bytes, satoshi: int) -> Spendable:
    """A mined output with this output script."""
    raw = node.client().raw_transaction(node.fund(address_of(output, REGTEST), satoshi))
    assert raw is not None
    node.mine()
    outputs = parse_transaction(raw).outputs
    vout = next(index for index, item in enumerate(outputs) if item.script == output)
    return Spendable(vout, raw)


def payout(node: Node, script: bytes, *, fee: int = 1_000) -> str:
    coin = fund(node, p2wsh_script(script), 1_000_000)
    payees = [Payee(MERCHANT_ADDRESS, 1_000_000 - fee)]
    return build_payout(inputs=[coin], payees=payees, witness_script=script, chain=REGTEST)


def released(node: Node, script: bytes) -> tuple[str, Transaction]:
    psbt = payout(node, script)
    signed = combine(sign(psbt, "buyer"), [sign(psbt, "merchant")], chain=REGTEST)
    return signed, finalize(signed, chain=REGTEST)


def test_the_node_derives_the_same_address_from_the_descriptor(node: Node, script: bytes) -> None:
    assert node.client().call("deriveaddresses", descriptor(script)) == [p2wsh_address(script, REGTEST)]


def test_the_node_and_the_consensus_code_accept_the_spend(node: Node, script: bytes) -> None:
    _, transaction = released(node, script)
    assert node.client().test_accept(transaction.to_bytes()) == ""
    spent = node.client().raw_transaction(transaction.inputs[0].txid)
    assert spent is not None
    assert is_valid_spend(transaction, [parse_transaction(spent).outputs[transaction.inputs[0].vout]])
    node.client().send(transaction.to_bytes())
    block = node.mine()[0]
    assert transaction.txid in node.client().call("getblock", block, 1)["tx"]


def test_the_node_finalizes_our_psbt_to_the_same_bytes(node: Node, script: bytes) -> None:
    signed, transaction = released(node, script)
    answer = node.client().call("finalizepsbt", signed)
    assert answer["complete"] is True
    assert answer["hex"] == transaction.to_bytes().hex()


def test_the_node_reads_the_same_size_and_hash(node: Node, script: bytes) -> None:
    _, transaction = released(node, script)
    answer = node.client().call("decoderawtransaction", transaction.to_bytes().hex())
    assert (answer["txid"], answer["vsize"], answer["weight"]) == (
        transaction.txid,
        transaction.vsize,
        transaction.weight,
    )


def test_sending_again_before_and_after_mining_is_no_error(node: Node, script: bytes) -> None:
    _, transaction = released(node, script)
    node.client().send(transaction.to_bytes())
    node.client().send(transaction.to_bytes())
    node.mine()
    node.client().send(transaction.to_bytes())


def test_a_second_spend_of_the_same_output_has_missing_inputs(node: Node, script: bytes) -> None:
    signed, transaction = released(node, script)
    source = node.client().raw_transaction(transaction.inputs[0].txid)
    assert source is not None
    node.client().send(transaction.to_bytes())
    node.mine()
    rival = build_payout(
        inputs=[Spendable(transaction.inputs[0].vout, source)],
        payees=[Payee(MERCHANT_ADDRESS, 990_000)],
        witness_script=script,
        chain=REGTEST,
    )
    final = finalize(sign(sign(rival, "buyer"), "merchant"), chain=REGTEST)
    with pytest.raises(MissingInputsError):
        node.client().send(final.to_bytes())


def house_spend(node: Node, name: str) -> tuple[str, Transaction]:
    """Two coins of one key, one payee, change; signed. The fee is one satoshi per estimated vbyte."""
    key = public_key(name)
    coins = [fund(node, p2wpkh_script(key), amount) for amount in (600_000, 400_000)]
    fee = estimated_vsize(inputs=2, outputs=2, kind=InputKind.P2WPKH)
    psbt = build_spend(
        inputs=coins,
        payees=[Payee(MERCHANT_ADDRESS, 700_000)],
        change=Payee(p2wpkh_address(key, REGTEST), 300_000 - fee),
        public_key=key,
        chain=REGTEST,
    )
    signed = sign(psbt, name)
    return signed, finalize(signed, chain=REGTEST)


def test_a_single_key_spends_its_coins(node: Node) -> None:
    """At the lowest rate that nodes relay: the estimate must not be below the true size."""
    signed, transaction = house_spend(node, "house of the first test")
    answer = node.client().call("testmempoolaccept", [transaction.to_bytes().hex()])[0]
    assert answer["allowed"] is True
    assert answer["vsize"] == transaction.vsize <= estimated_vsize(inputs=2, outputs=2, kind=InputKind.P2WPKH)
    final = node.client().call("finalizepsbt", signed)
    assert (final["complete"], final["hex"]) == (True, transaction.to_bytes().hex())
    node.client().send(transaction.to_bytes())
    assert transaction.txid in node.client().call("getblock", node.mine()[0], 1)["tx"]


def test_the_node_derives_the_same_single_key_address(node: Node) -> None:
    key = public_key("house of the second test")
    checked = node.client().call("getdescriptorinfo", f"wpkh({key.hex()})")["descriptor"]
    assert node.client().call("deriveaddresses", checked) == [p2wpkh_address(key, REGTEST)]

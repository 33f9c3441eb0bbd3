"""What is signed here, before a real node: taken, mined, and read back as the same."""

import hashlib
from collections.abc import Iterator

import pytest
from coincurve import PrivateKey, PublicKey

from custody.chains.evm.address import address_of_key
from custody.chains.evm.messages import personal_digest
from custody.chains.evm.signed import decode_signed
from custody.chains.evm.transaction import UnsignedTransaction
from tests.chains.evm import anvil
from tests.chains.evm.anvil import Anvil
from tests.chains.evm.examples import PAYEE, SAFE_TX, fee_market, legacy, sign
from tests.harness.live import CACHE
from tests.harness.waiting import eventually

ETHER = 10**18


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Anvil]:
    with anvil.running(tmp_path_factory.mktemp("anvil"), cache=CACHE) as running:
        yield running


def own_key(name: str) -> PrivateKey:
    """A key of its own for each test, so that tests share the node."""
    return PrivateKey(hashlib.sha256(name.encode()).digest())


def signer_of(signature: str, digest: bytes) -> str:
    """Address that a signature r || s || v of the node recovers to."""
    data = bytes.fromhex(signature[2:])
    key = PublicKey.from_signature_and_message(data[:64] + bytes([data[64] - 27]), digest, hasher=None)
    return address_of_key(key.format())


def balance(node: Anvil, address: str) -> int:
    return int(node.call("eth_getBalance", address, "latest"), 16)


@pytest.mark.parametrize(
    "transaction",
    [legacy(chain_id=31337, nonce=0), fee_market(nonce=0), fee_market(nonce=0, data=b"")],
    ids=["type_0", "type_2", "type_2_plain"],
)
def test_the_node_mines_what_was_signed(
    node: Anvil, transaction: UnsignedTransaction, request: pytest.FixtureRequest
) -> None:
    signed = sign(transaction, own_key(request.node.name))
    node.call("anvil_setBalance", signed.sender, hex(2 * ETHER))
    before = balance(node, PAYEE)

    assert node.call("eth_sendRawTransaction", f"0x{signed.raw.hex()}") == f"0x{signed.hash}"

    receipt = eventually(
        lambda: node.call("eth_getTransactionReceipt", f"0x{signed.hash}"), what="receipt of the node"
    )
    assert (receipt["status"], receipt["from"], receipt["to"]) == ("0x1", signed.sender, PAYEE)
    assert int(receipt["type"], 16) == transaction.type
    assert balance(node, PAYEE) - before == transaction.value
    paid = 2 * ETHER - balance(node, signed.sender) - transaction.value
    assert paid == int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert 0 < paid <= transaction.max_fee


def test_reads_what_the_node_signs_and_keeps(node: Anvil) -> None:
    sender = node.call("eth_accounts")[0]
    wanted = {"from": sender, "to": PAYEE, "value": hex(5), "gas": hex(30_000), "data": "0x00ff"}
    identifier = node.call("eth_sendTransaction", wanted)
    kept = node.call("eth_getTransactionByHash", identifier)
    signed = decode_signed(bytes.fromhex(node.call("eth_getRawTransactionByHash", identifier)[2:]))
    assert (f"0x{signed.hash}", signed.sender) == (identifier, sender)
    assert signed.transaction == UnsignedTransaction(
        type=2,
        chain_id=31337,
        nonce=int(kept["nonce"], 16),
        to=PAYEE,
        value=5,
        gas=30_000,
        data=b"\x00\xff",
        max_fee_per_gas=int(kept["maxFeePerGas"], 16),
        max_priority_fee_per_gas=int(kept["maxPriorityFeePerGas"], 16),
    )


def test_the_node_signs_the_same_digest_of_a_safe_transaction(node: Anvil) -> None:
    owner = node.call("eth_accounts")[1]
    signature = node.call("eth_signTypedData_v4", owner, SAFE_TX.typed_data())
    assert signer_of(signature, SAFE_TX.digest) == owner


def test_the_node_signs_the_same_digest_of_a_text(node: Anvil) -> None:
    account = node.call("eth_accounts")[2]
    signature = node.call("personal_sign", f"0x{b'proof of possession'.hex()}", account)
    assert signer_of(signature, personal_digest(b"proof of possession")) == account

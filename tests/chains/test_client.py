"""The RPC client against a real node: answers, refusals, and a node that is gone."""

from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from custody.chains.bitcoin.block import parse_block
from custody.chains.bitcoin.client import (
    BitcoinClient,
    MissingInputsError,
    RpcError,
    to_bitcoin,
    to_satoshi,
)
from custody.common.errors import UnavailableError
from scripts.embedded.bitcoind import Node
from tests.chains import psbts
from tests.harness.bitcoin import REGTEST, sign

MAIN = "bip122:000000000019d6689c085ae165831e93"


def test_knows_the_chain_of_the_node(node: Node) -> None:
    node.client().check_chain(REGTEST)
    with pytest.raises(UnavailableError) as refusal:
        node.client().check_chain(MAIN)
    assert refusal.value.code == "node_wrong_chain"


def test_reads_blocks_and_transactions(node: Node) -> None:
    client = node.client()
    block = parse_block(client.raw_block(client.block_hash(1)))
    assert block.hash == client.block_hash(1)
    assert block.parent == client.block_hash(0)
    coinbase = block.transactions[0]
    assert client.raw_transaction(coinbase.txid) == coinbase.to_bytes()
    assert client.raw_transaction("00" * 31 + "01") is None


def test_a_node_that_is_gone_is_unavailable() -> None:
    client = BitcoinClient("http://127.0.0.1:9", user="u", password="p", timeout=2)
    with pytest.raises(UnavailableError) as refusal:
        client.height()
    assert refusal.value.code == "node_unavailable"


def test_a_wrong_password_is_unavailable(node: Node) -> None:
    url = node.rpc_settings()["url"]
    client = BitcoinClient(url, user="custody", password="wrong")
    with client, pytest.raises(UnavailableError, match="credentials"):
        client.height()


class NoNode(BaseHTTPRequestHandler):
    """A server that speaks HTTP and is no node."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # noqa: N802 - the base class names it
        self.rfile.read(int(self.headers["Content-Length"]))
        body = self.server.body  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def impostor() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), NoNode)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_an_answer_that_is_no_answer_is_unavailable(impostor: HTTPServer, body: bytes) -> None:
    impostor.body = body  # type: ignore[attr-defined]
    client = BitcoinClient(f"http://127.0.0.1:{impostor.server_port}", user="u", password="p")
    with client, pytest.raises(UnavailableError, match="no JSON answer"):
        client.height()


def test_a_node_that_starts_is_unavailable(impostor: HTTPServer) -> None:
    impostor.body = b'{"error":{"code":-28,"message":"Loading block index"}}'  # type: ignore[attr-defined]
    client = BitcoinClient(f"http://127.0.0.1:{impostor.server_port}", user="u", password="p")
    with client, pytest.raises(UnavailableError, match="starting"):
        client.height()


def test_an_idle_connection_that_was_closed_is_opened_again(node: Node) -> None:
    client = node.client()
    height = client.height()
    assert client._connection is not None
    assert client._connection.sock is not None
    client._connection.sock.close()
    assert client.height() >= height


def test_refuses_an_unknown_method_with_the_code_of_the_node(node: Node) -> None:
    with pytest.raises(RpcError) as refusal:
        node.client().call("nosuchmethod")
    assert refusal.value.rpc_code == -32601


def test_a_spend_of_unknown_outputs_has_missing_inputs(node: Node) -> None:
    from custody.chains.bitcoin.psbt import finalize

    raw = finalize(sign(sign(psbts.payout(), "buyer"), "merchant"), chain=REGTEST).to_bytes()
    with pytest.raises(MissingInputsError):
        node.client().send(raw)
    assert node.client().test_accept(raw) == "missing-inputs"


@pytest.mark.parametrize(
    ("bitcoin", "satoshi"), [("0", 0), ("0.00000001", 1), ("20999999.9769", 2_099_999_997_690_000)]
)
def test_converts_amounts_exactly(bitcoin: str, satoshi: int) -> None:
    assert to_satoshi(Decimal(bitcoin)) == satoshi
    assert Decimal(to_bitcoin(satoshi)) == Decimal(bitcoin)


def test_refuses_parts_of_a_satoshi() -> None:
    with pytest.raises(ValueError, match="eight decimals"):
        to_satoshi(Decimal("0.000000001"))

"""The witness: signs what its own node says about a payment, under its own key, and nothing it is told."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from custody.chains.bitcoin.address import p2wpkh_address
from custody.chains.bitcoin.client import BitcoinClient
from custody.common.errors import UnavailableError
from custody.hsm.witness import client as witness_client
from custody.hsm.witness.client import WitnessClient
from custody.hsm.witness.key import ID_FILE, KEY_FILE, WitnessKey
from custody.hsm.witness.server import WitnessServer
from custody.statements.fact import ProvenFact
from custody.statements.holdings import Holdings, ProvenHoldings
from custody.statements.proof import ProofError
from scripts.embedded.bitcoind import Node
from scripts.embedded.world import World
from tests.harness.bitcoin import MERCHANT_ADDRESS, REGTEST, public_key

INSTANCE = "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C3"
SCRIPT = "0014710d000522ac2b4d8edc6c4cf0ad7e48a1bf4b9f"


@pytest.fixture
def key(tmp_path: Path) -> WitnessKey:
    return WitnessKey.load_or_make(tmp_path / "witness")


@pytest.fixture
def server(key: WitnessKey, node: Node) -> WitnessServer:
    @contextmanager
    def client() -> Iterator[BitcoinClient]:
        yield node.client()

    return WitnessServer(
        key, node=client, chain=REGTEST, instance=lambda: INSTANCE, allowed_uids=frozenset({os.getuid()})
    )


def script_of_merchant(node: Node) -> str:
    return str(node.client().call("validateaddress", MERCHANT_ADDRESS)["scriptPubKey"])


def ask(server: WitnessServer, node: Node, txid: str, **changes: Any) -> dict[str, Any]:
    request = {"op": "payment", "chain": REGTEST, "txid": txid, "script": script_of_merchant(node)}
    return server.answer(request | changes)


def test_says_amount_depth_and_tip_under_its_own_key(
    server: WitnessServer, key: WitnessKey, node: Node
) -> None:
    txid = node.fund(MERCHANT_ADDRESS, 250_000)
    node.mine(3)
    proven = ProvenFact.read(ask(server, node, txid))
    fact, client = proven.fact, node.client()
    assert (fact.kind, fact.instance, fact.witness) == ("PAYMENT", INSTANCE, key.id)
    assert (fact.txid, fact.amount, fact.depth) == (txid, 250_000, 3)
    assert fact.script == script_of_merchant(node)
    assert (fact.block.height, fact.block.hash) == (client.height(), client.block_hash(client.height()))
    assert proven.proof.credential == key.public_key
    proven.proof.verify(fact.hash)
    with pytest.raises(ProofError):
        proven.proof.verify("00" * 32)


def test_says_nothing_about_what_no_block_holds(server: WitnessServer, node: Node) -> None:
    txid = node.fund(MERCHANT_ADDRESS, 250_000)
    assert ask(server, node, txid) == {"error": "no_such_payment"}
    assert ask(server, node, "11" * 32) == {"error": "no_such_payment"}
    node.mine(1)
    assert "fact" in ask(server, node, txid)


def test_says_nothing_about_another_script(server: WitnessServer, node: Node) -> None:
    txid = node.fund(MERCHANT_ADDRESS, 250_000)
    node.mine(1)
    assert ask(server, node, txid, script="0014" + "00" * 20) == {"error": "no_such_payment"}


def test_says_nothing_about_a_block_that_was_thrown_out(server: WitnessServer, node: Node) -> None:
    txid = node.fund(MERCHANT_ADDRESS, 250_000)
    (block,) = node.mine(1)
    node.client().call("invalidateblock", block)
    try:
        assert ask(server, node, txid) == {"error": "no_such_payment"}
    finally:
        node.client().call("reconsiderblock", block)


# --- what lies at a script -----------------------------------------------------------------------


def held(server: WitnessServer, node: Node, address: str, **changes: Any) -> dict[str, Any]:
    script = str(node.client().call("validateaddress", address)["scriptPubKey"])
    return server.answer({"op": "holdings", "chain": REGTEST, "script": script} | changes)


def test_says_what_lies_at_a_script_now(server: WitnessServer, key: WitnessKey, node: Node) -> None:
    """Nothing; two deposits; one of them that no block holds yet is not there."""
    client = node.client()
    address = p2wpkh_address(public_key("holdings"), REGTEST)
    first = Holdings.from_json(held(server, node, address)["fact"])
    assert (first.coins, first.amount) == (0, 0)
    node.fund(address, 250_000)
    node.fund(address, 100_000)
    node.mine(1)
    node.fund(address, 7_000)
    proven = ProvenHoldings.read(held(server, node, address))
    fact = proven.fact
    assert (fact.kind, fact.instance, fact.witness, fact.chain) == ("HOLDINGS", INSTANCE, key.id, REGTEST)
    assert (fact.coins, fact.amount) == (2, 350_000)
    assert fact.script == str(client.call("validateaddress", address)["scriptPubKey"])
    assert (fact.block.height, fact.block.hash) == (client.height(), client.block_hash(client.height()))
    assert proven.proof.credential == key.public_key
    proven.proof.verify(fact.hash)


def test_what_was_spent_lies_there_no_more(server: WitnessServer, node: Node) -> None:
    """The key of another's test pays everything on."""
    client = node.client()
    address = str(client.call("getnewaddress"))
    node.fund(address, 250_000)
    node.mine(1)
    assert Holdings.from_json(held(server, node, address)["fact"]).coins == 1
    (coin,) = client.call("listunspent", 1, 9_999_999, [address])
    inputs = [{"txid": coin["txid"], "vout": coin["vout"]}]
    raw = client.call("createrawtransaction", inputs, [{MERCHANT_ADDRESS: "0.00240000"}])
    client.send(bytes.fromhex(client.call("signrawtransactionwithwallet", raw)["hex"]))
    node.mine(1)
    assert Holdings.from_json(held(server, node, address)["fact"]).coins == 0


@pytest.fixture
def client(server: WitnessServer, monkeypatch: pytest.MonkeyPatch) -> WitnessClient:
    """Asks the witness without a socket between them."""
    monkeypatch.setattr(witness_client, "exchange", lambda path, request, *, timeout: server.answer(request))
    return WitnessClient(Path("witness.sock"))


def test_the_client_brings_what_the_witness_has_signed(
    client: WitnessClient, server: WitnessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    proven = client.holdings(chain=REGTEST, script=bytes.fromhex(SCRIPT))
    proven.proof.verify(proven.fact.hash)
    assert proven.fact.script == SCRIPT
    with pytest.raises(UnavailableError, match="refused to answer"):
        client.holdings(chain="bip122:000000000019d6689c085ae165831e93", script=bytes.fromhex(SCRIPT))
    monkeypatch.setattr(server, "answer", lambda request: proven.to_json())
    with pytest.raises(UnavailableError, match="something else"):
        client.holdings(chain=REGTEST, script=bytes.fromhex(f"{SCRIPT}00"))


def test_a_search_that_is_broken_off_is_no_fact(
    server: WitnessServer, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BitcoinClient, "call", lambda *_, **__: {"success": False})
    assert server.answer({"op": "holdings", "chain": REGTEST, "script": SCRIPT}) == {
        "error": "node_unavailable"
    }


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"op": "holdings"},
        {"op": "holdings", "chain": REGTEST, "script": ""},
        {"op": "holdings", "chain": REGTEST, "script": "xyz"},
        {"op": "holdings", "chain": "bip122:000000000019d6689c085ae165831e93", "script": SCRIPT},
        {"op": "holdings", "chain": REGTEST, "script": SCRIPT, "coins": 0},
        {"op": "sign", "digest": "00" * 32},
        {"op": "payment"},
        {"op": "payment", "chain": REGTEST, "txid": "zz", "script": SCRIPT},
        {"op": "payment", "chain": REGTEST, "txid": "11" * 32, "script": ""},
        {"op": "payment", "chain": REGTEST, "txid": "11" * 32, "script": "xyz"},
        {
            "op": "payment",
            "chain": "bip122:000000000019d6689c085ae165831e93",
            "txid": "11" * 32,
            "script": SCRIPT,
        },
        {"op": "payment", "chain": REGTEST, "txid": "11" * 32, "script": SCRIPT, "depth": 6},
        {"op": "status", "more": True},
    ],
)
def test_what_makes_no_sense_is_refused(server: WitnessServer, request_: dict[str, Any]) -> None:
    assert server.answer(request_) == {"error": "bad_request"}


def test_a_node_that_is_gone_is_no_fact(key: WitnessKey) -> None:
    server = WitnessServer(
        key,
        node=lambda: BitcoinClient("http://127.0.0.1:9", user="", password=""),
        chain=REGTEST,
        instance=lambda: INSTANCE,
        allowed_uids=frozenset(),
    )
    request = {"op": "payment", "chain": REGTEST, "txid": "11" * 32, "script": SCRIPT}
    assert server.answer(request) == {"error": "node_unavailable"}


def test_the_key_is_made_once_and_is_its_own(tmp_path: Path) -> None:
    first = WitnessKey.load_or_make(tmp_path / "w")
    again = WitnessKey.load_or_make(tmp_path / "w")
    assert (first.id, first.public_key) == (again.id, again.public_key)
    assert (tmp_path / "w" / KEY_FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / "w" / KEY_FILE).unlink()
    other = WitnessKey.load_or_make(tmp_path / "w")
    assert other.id != first.id
    assert other.public_key != first.public_key
    assert (tmp_path / "w" / ID_FILE).read_text() == other.id


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    WitnessKey.load_or_make(tmp_path)
    pem = X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / KEY_FILE).write_bytes(pem)
    with pytest.raises(UnavailableError) as refusal:
        WitnessKey.load_or_make(tmp_path)
    assert refusal.value.code == "bad_key_file"


def test_nobody_answers_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as refusal:
        WitnessClient(tmp_path / "nowhere.sock").status()
    assert refusal.value.code == "witness_unavailable"


def test_the_process_shows_what_officers_pin_and_serves_it(live: World) -> None:
    shown = json.loads(live.manage("witness", "--show", process="witness"))
    assert WitnessClient(live.layout.witness_socket).status() == {
        "key": shown["key"],
        "public_key": shown["public_key"],
    }
    assert (shown["curve"], shown["class"], shown["purpose"]) == ("ed25519", "OUTSIDE", "witness")

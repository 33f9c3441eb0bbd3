"""Addresses: published vectors, one spelling, one network; bitcoinlib as second opinion."""

import os
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from embit import base58
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.bitcoin.address import address_of, canonical_address, p2wsh_address, script_of
from custody.chains.bitcoin.networks import network_of
from custody.common.errors import InvalidInputError
from tests.harness.bitcoin import REGTEST, escrow_script, public_key

MAIN = "bip122:000000000019d6689c085ae165831e93"
TEST = "bip122:000000000933ea01ad0ee984209779ba"

# BIP173 and BIP350 test vectors, and the address of the genesis block.
VALID = [
    (MAIN, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "0014751e76e8199196d454941c45d1b3a323f1433bd6"),
    (
        TEST,
        "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
        "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
    ),
    (
        MAIN,
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    ),
    (MAIN, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac"),
    (MAIN, "3P14159f73E4gFr7JterCCQh9QjiTjiZrG", "a914e9c3dd0c07aac76179ebc76a6c78d4d67c6c160a87"),
]
INVALID = [
    "tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
    "BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2",
    "bc1rw5uspcuh",
    "bc10w508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kw5rljs90",
    "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7",
    "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du",
    "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
    "bc1gmk9yu",
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
    " 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "11111",
    "é",
    "",
]


@pytest.mark.parametrize(("chain", "address", "script"), VALID)
def test_reads_published_addresses(chain: str, address: str, script: str) -> None:
    assert script_of(address, chain).hex() == script


@pytest.mark.parametrize("address", INVALID)
def test_refuses_published_bad_addresses(address: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        canonical_address(address, MAIN, field="payees/0/to")
    assert refusal.value.field == "payees/0/to"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "bad_address"),  # checksum
        ("bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "unknown_output_script"),  # witness version 2
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "bad_address"),
        (base58.encode_check(bytes(22)), "bad_address"),  # a byte too long
        (base58.encode_check(b"\x30" + bytes(20)), "wrong_network"),
        ("bc1q" + "q" * 100, "bad_address"),
    ],
)
def test_says_why_an_address_is_refused(address: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        script_of(address, MAIN)
    assert refusal.value.code == code


@pytest.mark.parametrize("value", [None, 5, b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"])
def test_refuses_what_is_no_text(value: Any) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        script_of(value, MAIN)
    assert refusal.value.code == "bad_address"


def test_writes_bech32_in_lower_case() -> None:
    assert (
        canonical_address("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", MAIN)
        == "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    )


@pytest.mark.parametrize(("chain", "address", "_script"), VALID)
def test_refuses_an_address_of_another_network(chain: str, address: str, _script: str) -> None:
    other = TEST if chain == MAIN else MAIN
    with pytest.raises(InvalidInputError) as refusal:
        script_of(address, other)
    assert refusal.value.code == "wrong_network"


def test_refuses_a_taproot_key_that_nobody_can_have() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        address_of(b"\x51\x20" + b"\xff" * 32, MAIN)
    assert refusal.value.code == "bad_address"


@pytest.mark.parametrize(
    "script", [b"", b"\x6a\x04data", b"\x52\x20" + b"\x01" * 32, b"\x00\x15" + b"\x01" * 21]
)
def test_refuses_scripts_without_a_usual_address(script: bytes) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        address_of(script, MAIN)
    assert refusal.value.code == "unknown_output_script"


@given(st.sampled_from([MAIN, TEST, REGTEST]), st.binary(min_size=32, max_size=32), st.integers(0, 4))
def test_scripts_and_addresses_are_one_to_one(chain: str, data: bytes, kind: int) -> None:
    script = [
        b"\x76\xa9\x14" + data[:20] + b"\x88\xac",
        b"\xa9\x14" + data[:20] + b"\x87",
        b"\x00\x14" + data[:20],
        b"\x00\x20" + data,
        b"\x51\x20" + public_key(data.hex())[1:],
    ][kind]
    address = address_of(script, chain)
    assert script_of(address, chain) == script
    assert canonical_address(address, chain) == address


@pytest.fixture(scope="module")
def bitcoinlib_keys(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """bitcoinlib writes configuration at import time; it gets a folder of its own."""
    folder: Path = tmp_path_factory.mktemp("bitcoinlib")
    os.environ["BCL_DATA_DIR"] = str(folder)
    with warnings.catch_warnings(action="ignore"):
        import bitcoinlib.keys

    module: ModuleType = bitcoinlib.keys
    return module


def test_bitcoinlib_derives_the_same_escrow_address(bitcoinlib_keys: ModuleType) -> None:
    script = escrow_script()
    address = bitcoinlib_keys.Address(
        script.hex(), script_type="p2wsh", encoding="bech32", network="regtest", witness_type="segwit"
    )
    assert address.address == p2wsh_address(script, REGTEST)


@pytest.mark.parametrize("name", ["buyer", "merchant", "mediator"])
def test_bitcoinlib_derives_the_same_single_key_address(bitcoinlib_keys: ModuleType, name: str) -> None:
    key = bitcoinlib_keys.Key(public_key(name), network="bitcoin")
    script = b"\x00\x14" + key.hash160
    assert key.address(encoding="bech32", script_type="p2wpkh") == address_of(script, network_of(MAIN).chain)

"""Addresses: the examples of EIP-55, one spelling in bytes, the key behind an address."""

import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.bitcoin.keys import ORDER
from custody.chains.evm.address import (
    ZERO,
    address_bytes,
    address_of_key,
    canonical_address,
    checksum_address,
    write_address,
)
from tests.chains.evm.examples import ACCOUNT, CHAIN, KEY, PAYEE
from tests.chains.evm.judge import Account
from tests.statements.refusing import refused

# EIP-55: all capitals, all lower, and mixed.
CHECKSUMMED = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]


@pytest.mark.parametrize("address", CHECKSUMMED)
def test_shows_addresses_as_published(address: str) -> None:
    assert checksum_address(address.lower()) == address
    assert canonical_address(address, CHAIN) == address.lower()
    assert canonical_address(address.lower(), CHAIN) == address.lower()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "bad_address"),  # one letter in another case
        ("0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", "bad_address"),  # capitals carry no checksum
        ("0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "bad_address"),
        ("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "bad_address"),
        ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae", "bad_address"),
        ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed0", "bad_address"),
        ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed\n", "bad_address"),
        ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg", "bad_address"),
        ("0x５aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "bad_address"),  # a digit that is not ASCII
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bad_address"),
        ("", "bad_address"),
        (None, "bad_address"),
        (ZERO, "zero_address"),
    ],
)
def test_refuses_every_other_text(text: str, code: str) -> None:
    with refused("/to", code):
        canonical_address(text, CHAIN, field="/to")


@pytest.mark.parametrize(
    "chain",
    [
        "bip122:000000000019d6689c085ae165831e93",
        "eip155:",
        "eip155:0",
        "eip155:01",
        "eip155:+1",
        "eip155:1 ",
        "eip155:0x1",
        "eip155:٣",
        f"eip155:{2**53}",
    ],
)
def test_refuses_a_chain_that_is_no_evm_chain(chain: str) -> None:
    with refused("/to", "unknown_chain"):
        canonical_address(PAYEE, chain, field="/to")


def test_finds_the_address_of_a_public_key() -> None:
    assert address_of_key(KEY.public_key.format()) == ACCOUNT
    assert address_of_key(KEY.public_key.format(compressed=False)) == ACCOUNT


@pytest.mark.parametrize(
    "key", [b"", b"\x02" * 32, b"\x02" + b"\xff" * 32, b"\x04" + bytes(64), KEY.public_key.format()[1:]]
)
def test_refuses_what_is_no_public_key(key: bytes) -> None:
    with refused("/key", "bad_public_key"):
        address_of_key(key, field="/key")


@pytest.mark.parametrize("spelling", [CHECKSUMMED[0], PAYEE[2:], PAYEE + "0", f"{PAYEE}\n", b"", 5, None])
def test_takes_bytes_from_the_one_spelling_only(spelling: object) -> None:
    with refused("/to", "bad_address"):
        address_bytes(spelling, field="/to")


def test_takes_chain_ids_up_to_the_integers_of_canonical_json() -> None:
    assert canonical_address(PAYEE, f"eip155:{2**53 - 1}") == PAYEE


@given(st.binary(min_size=20, max_size=20))
def test_writes_what_it_reads(data: bytes) -> None:
    assert address_bytes(write_address(data), field="") == data


@given(st.integers(1, ORDER - 1))
def test_agrees_with_eth_account_on_the_address_of_a_key(number: int) -> None:
    secret = number.to_bytes(32, "big")
    address = address_of_key(PrivateKey(secret).public_key.format())
    assert checksum_address(address) == Account.from_key(secret).address

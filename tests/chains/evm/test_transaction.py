"""Unsigned transactions: published digests, costs, and what cannot be made."""

from typing import Any

import pytest

from custody.chains.evm.address import ZERO
from custody.chains.evm.transaction import UnsignedTransaction
from tests.chains.evm.examples import FEE_MARKET, LEGACY, PAYEE, fee_market, legacy
from tests.statements.refusing import refused


def test_digest_of_the_example_in_eip155() -> None:
    transaction = legacy()
    assert transaction.signing_bytes.hex() == (
        "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080"
    )
    assert transaction.digest.hex() == "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"


def test_says_chain_and_cost() -> None:
    assert (legacy().chain, fee_market().chain) == ("eip155:1", "eip155:31337")
    assert (legacy().fee_rate, legacy().max_fee) == (20 * 10**9, 420_000 * 10**9)
    assert (fee_market().fee_rate, fee_market().max_fee) == (5 * 10**9, 300_000 * 10**9)


def test_a_free_transaction_of_a_private_chain_costs_nothing() -> None:
    assert legacy(gas_price=0).max_fee == 0


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (LEGACY, {"type": 1}, "evm_access_list", "/type"),
    (FEE_MARKET, {"type": 1}, "evm_access_list", "/type"),
    (FEE_MARKET, {"type": 3}, "evm_blob", "/type"),
    (FEE_MARKET, {"type": 4}, "evm_set_code", "/type"),
    (FEE_MARKET, {"type": 5}, "evm_type", "/type"),
    (FEE_MARKET, {"type": 127}, "evm_type", "/type"),
    (FEE_MARKET, {"type": -1}, "evm_type", "/type"),
    (LEGACY, {"chain_id": 0}, "evm_chain_id", "/chain_id"),
    (FEE_MARKET, {"chain_id": -1}, "evm_chain_id", "/chain_id"),
    (FEE_MARKET, {"chain_id": 2**53}, "evm_chain_id", "/chain_id"),
    (LEGACY, {"to": None}, "evm_contract_creation", "/to"),
    (FEE_MARKET, {"to": None}, "evm_contract_creation", "/to"),
    (FEE_MARKET, {"to": ZERO}, "zero_address", "/to"),
    (FEE_MARKET, {"to": ""}, "bad_address", "/to"),
    (FEE_MARKET, {"to": PAYEE[:-1]}, "bad_address", "/to"),
    (FEE_MARKET, {"to": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}, "bad_address", "/to"),
    (LEGACY, {"gas_price": None}, "evm_price", "/gas_price"),
    (LEGACY, {"max_fee_per_gas": 1}, "evm_price", "/max_fee_per_gas"),
    (LEGACY, {"max_priority_fee_per_gas": 0}, "evm_price", "/max_priority_fee_per_gas"),
    (FEE_MARKET, {"gas_price": 1}, "evm_price", "/gas_price"),
    (FEE_MARKET, {"max_fee_per_gas": None}, "evm_price", "/max_fee_per_gas"),
    (FEE_MARKET, {"max_priority_fee_per_gas": None}, "evm_price", "/max_priority_fee_per_gas"),
    (FEE_MARKET, {"nonce": -1}, "evm_range", "/nonce"),
    (FEE_MARKET, {"nonce": 2**53}, "evm_range", "/nonce"),
    (FEE_MARKET, {"gas": 20_999}, "evm_range", "/gas"),
    (FEE_MARKET, {"gas": 2**53}, "evm_range", "/gas"),
    (FEE_MARKET, {"value": -1}, "evm_range", "/value"),
    (FEE_MARKET, {"value": 2**256}, "evm_range", "/value"),
    (LEGACY, {"gas_price": 2**256}, "evm_range", "/gas_price"),
    (LEGACY, {"gas_price": -1}, "evm_range", "/gas_price"),
    (FEE_MARKET, {"max_fee_per_gas": 2**256}, "evm_range", "/max_fee_per_gas"),
    (FEE_MARKET, {"max_priority_fee_per_gas": -1}, "evm_range", "/max_priority_fee_per_gas"),
    (FEE_MARKET, {"max_priority_fee_per_gas": 2**256}, "evm_range", "/max_priority_fee_per_gas"),
    (
        FEE_MARKET,
        {"max_priority_fee_per_gas": 5 * 10**9 + 1},
        "evm_priority_fee",
        "/max_priority_fee_per_gas",
    ),
    (LEGACY, {"gas_price": 2**255, "gas": 2**20}, "evm_range", "/gas"),
    (FEE_MARKET, {"max_fee_per_gas": 2**255, "gas": 2**20}, "evm_range", "/gas"),
]


@pytest.mark.parametrize(("base", "changes", "code", "field"), REFUSED)
def test_cannot_be_made(base: dict[str, Any], changes: dict[str, Any], code: str, field: str) -> None:
    with refused(field, code):
        UnsignedTransaction(**base | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"gas": 21_000},
        {"nonce": 0},
        {"nonce": 2**53 - 1},
        {"value": 2**256 - 1},
        {"chain_id": 2**53 - 1},
        {"max_priority_fee_per_gas": 5 * 10**9},
        {"gas": 65_537, "max_fee_per_gas": (2**256 - 1) // 65_537},  # the product is 2^256 - 1
    ],
)
def test_can_be_made_up_to_its_limits(changes: dict[str, Any]) -> None:
    fee_market(**changes)


def test_every_field_is_under_the_digest() -> None:
    changes: list[dict[str, Any]] = [
        {"nonce": 8}, {"to": "0x" + "36" * 20}, {"value": 1}, {"gas": 60_001}, {"data": b""},
        {"max_fee_per_gas": 6 * 10**9}, {"max_priority_fee_per_gas": 1}, {"chain_id": 1},
    ]  # fmt: skip
    digests = {fee_market().digest, *(fee_market(**change).digest for change in changes)}
    assert len(digests) == len(changes) + 1
    assert legacy().digest != legacy(chain_id=2).digest

"""Payloads on EVM chains: spelled strictly, decoded when asked, written from what they mean."""

import base64
from typing import Any

import pytest
from hypothesis import given

from custody.chains.evm.transaction import UnsignedTransaction
from custody.statements.evm import EvmTxPayload, SafeTxPayload
from custody.statements.intent import Intent
from tests.chains.evm.examples import PAYEE, SAFE_TX, fee_market, legacy
from tests.chains.evm.test_signed import transactions
from tests.statements.examples import SPEND_REQUEST
from tests.statements.refusing import refused

FEE_MARKET = {
    "type": 2,
    "chain_id": 31337,
    "nonce": 7,
    "to": PAYEE,
    "value": "100000000000000000",
    "gas": 60000,
    "max_fee_per_gas": "5000000000",
    "max_priority_fee_per_gas": "1000000000",
    "data": "deadbeef",
}
LEGACY = {
    "type": 0,
    "chain_id": 1,
    "nonce": 9,
    "to": PAYEE,
    "value": "1000000000000000000",
    "gas": 21000,
    "gas_price": "20000000000",
}


def test_reads_what_a_transaction_does() -> None:
    assert EvmTxPayload.read(FEE_MARKET).transaction == fee_market()
    assert EvmTxPayload.read(LEGACY).transaction == legacy()


def test_writes_what_it_reads() -> None:
    assert EvmTxPayload.of(fee_market()).to_json() == FEE_MARKET
    assert EvmTxPayload.of(legacy()).to_json() == LEGACY


@given(transactions())
def test_any_transaction_comes_back(transaction: UnsignedTransaction) -> None:
    assert EvmTxPayload.read(EvmTxPayload.of(transaction).to_json()).transaction == transaction


MISSPELLED: list[tuple[dict[str, Any], str, str]] = [
    ({"nonce": "7"}, "bad_field", "/nonce"),
    ({"nonce": True}, "bad_field", "/nonce"),
    ({"nonce": -1}, "bad_field", "/nonce"),
    ({"nonce": 7.0}, "bad_field", "/nonce"),
    ({"chain_id": "0x1"}, "bad_field", "/chain_id"),
    ({"chain_id": 2**53}, "bad_field", "/chain_id"),
    ({"type": "2"}, "bad_field", "/type"),
    ({"gas": "60000"}, "bad_field", "/gas"),
    ({"value": 1}, "bad_amount", "/value"),
    ({"value": "0x1"}, "bad_amount", "/value"),
    ({"value": "01"}, "bad_amount", "/value"),
    ({"value": "-1"}, "bad_amount", "/value"),
    ({"max_fee_per_gas": 5}, "bad_amount", "/max_fee_per_gas"),
    ({"max_priority_fee_per_gas": ""}, "bad_amount", "/max_priority_fee_per_gas"),
    ({"data": ""}, "bad_field", "/data"),
    ({"data": "0xdeadbeef"}, "bad_field", "/data"),
    ({"data": "DEADBEEF"}, "bad_field", "/data"),
    ({"data": "dea"}, "bad_field", "/data"),
    ({"to": ""}, "bad_field", "/to"),
    ({"access_list": []}, "bad_field", "/access_list"),
    ({"authorization_list": []}, "bad_field", "/authorization_list"),
    ({"blob_versioned_hashes": []}, "bad_field", "/blob_versioned_hashes"),
    ({"from": PAYEE}, "bad_field", "/from"),
    ({"gasPrice": "1"}, "bad_field", "/gasPrice"),
]


@pytest.mark.parametrize(("changes", "code", "field"), MISSPELLED)
def test_refuses_a_misspelled_transaction(changes: dict[str, Any], code: str, field: str) -> None:
    with refused(f"/payload{field}", code):
        EvmTxPayload.read(FEE_MARKET | changes, "/payload")


@pytest.mark.parametrize("name", ["type", "chain_id", "nonce", "value", "gas"])
def test_refuses_a_transaction_without(name: str) -> None:
    with refused(f"/{name}"):
        EvmTxPayload.read({key: value for key, value in FEE_MARKET.items() if key != name})


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"type": 1}, "evm_access_list", "/type"),
        ({"type": 3}, "evm_blob", "/type"),
        ({"type": 4}, "evm_set_code", "/type"),
        ({"type": 5}, "evm_type", "/type"),
        ({"chain_id": 0}, "evm_chain_id", "/chain_id"),
        ({"gas_price": "1"}, "evm_price", "/gas_price"),
        ({"gas": 20999}, "evm_range", "/gas"),
        ({"value": str(2**256)}, "evm_range", "/value"),
        ({"to": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}, "bad_address", "/to"),
        ({"to": f"0x{'00' * 20}"}, "zero_address", "/to"),
    ],
)
def test_refuses_a_transaction_that_is_not_signed_here(
    changes: dict[str, Any], code: str, field: str
) -> None:
    payload = EvmTxPayload.read(FEE_MARKET | changes)
    with refused(field, code):
        _ = payload.transaction


def test_refuses_to_create_a_contract() -> None:
    payload = EvmTxPayload.read({key: value for key, value in FEE_MARKET.items() if key != "to"})
    with refused("/to", "evm_contract_creation"):
        _ = payload.transaction


def test_reads_what_a_safe_does() -> None:
    payload = SafeTxPayload.of(SAFE_TX)
    assert SafeTxPayload.read(payload.to_json()).safe_tx == SAFE_TX


def test_points_into_the_typed_data() -> None:
    text = SAFE_TX.to_text().replace(b'"operation":0', b'"operation":1')
    payload = SafeTxPayload.read({"typed_data": base64.b64encode(text).decode()})
    with refused("/typed_data/message/operation", "safe_operation"):
        _ = payload.safe_tx


@pytest.mark.parametrize("changes", [{"typed_data": "e30"}, {"typed_data": {}}, {"typed_data": ""}])
def test_refuses_typed_data_that_is_no_base64(changes: dict[str, Any]) -> None:
    with refused("/typed_data"):
        SafeTxPayload.read(changes)


def intent(chain: str, to: str) -> dict[str, Any]:
    """An intent over the coin of a chain, with one payee."""
    document: dict[str, Any] = SPEND_REQUEST.to_json()["intent"]
    return document | {"asset": f"{chain}/slip44:60", "payees": [{"to": to, "amount": "1"}]}


def test_reads_an_intent_on_an_evm_chain() -> None:
    assert Intent.from_json(intent("eip155:1", PAYEE)).chain == "eip155:1"


@pytest.mark.parametrize(
    ("chain", "to", "code"),
    [
        ("eip155:1", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "bad_field"),
        ("eip155:1", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeD", "bad_address"),
        ("eip155:1", f"0x{'00' * 20}", "zero_address"),
        ("eip155:1", "bcrt1qwyxsqzgk4y770fven3ur0ysj3gld8rxv6evpy6", "bad_address"),
        ("eip155:01", PAYEE, "unknown_chain"),
        ("solana:1", PAYEE, "unknown_chain"),
    ],
)
def test_refuses_an_intent_with_another_payee(chain: str, to: str, code: str) -> None:
    with refused("/payees/0/to", code):
        Intent.from_json(intent(chain, to))

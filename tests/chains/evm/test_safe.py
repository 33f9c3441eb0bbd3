"""Safe transactions: published hashes, every hidden effect refused, eth-account as judge."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.evm.address import ZERO
from custody.chains.evm.safe import SafeTx, read_text, read_typed_data
from tests.chains.evm.examples import KEY, PAYEE, SAFE, SAFE_TX
from tests.chains.evm.judge import Account, encode_typed_data
from tests.chains.evm.test_signed import addresses, counts, words
from tests.statements.refusing import refused

# A transaction of a Safe on Arbitrum, with the hashes that safe-tx-hashes-util prints for it.
PUBLISHED = SafeTx(
    chain_id=42161,
    safe="0x111ceeee040739fd91d29c34c33e6b3e112f2177",
    to="0x111ceeee040739fd91d29c34c33e6b3e112f2177",
    value=0,
    nonce=234,
    data=bytes.fromhex(
        "0d582f130000000000000000000000000c75fa5a5f1c0997e3eea425cfa13184ed0ec9e5"
        "0000000000000000000000000000000000000000000000000000000000000003"
    ),
)

Change = Callable[[dict[str, Any]], object]


def test_hashes_as_published() -> None:
    assert PUBLISHED.domain_separator.hex() == (
        "1cf7f9b1efe3bc47fe02fd27c649fea19e79d66040683a1c86c7490c80bf7291"
    )
    assert PUBLISHED.message_hash.hex() == "d9109ea63c50ecd3b80b6b27ed5c5a9fd3d546c2169dfb69bfa7ba24cd14c7a5"
    assert PUBLISHED.digest.hex() == "0cb7250b8becd7069223c54e2839feaed4cee156363fbfe5dd0a48e75c4e25b3"


def test_reads_back_what_it_wrote() -> None:
    assert read_typed_data(SAFE_TX.typed_data()) == SAFE_TX
    assert read_text(PUBLISHED.to_text()) == PUBLISHED
    assert SAFE_TX.chain == "eip155:31337"


def test_names_its_members_as_safes_do() -> None:
    assert json.loads(SAFE_TX.to_text())["message"] == {
        "to": PAYEE,
        "value": "100000000000000000",
        "data": "0xdead",
        "operation": 0,
        "safeTxGas": 0,
        "baseGas": 0,
        "gasPrice": "0",
        "gasToken": ZERO,
        "refundReceiver": ZERO,
        "nonce": 3,
    }


def message(**changes: Any) -> Change:
    return lambda data: data["message"].update(changes)


def domain(**changes: Any) -> Change:
    return lambda data: data["domain"].update(changes)


def member(kind: str, position: int, /, **changes: str) -> Change:
    return lambda data: data["types"][kind][position].update(changes)


REFUSED: dict[str, tuple[Change, str, str]] = {
    "delegatecall": (message(operation=1), "safe_operation", "/message/operation"),
    "creation": (message(operation=2), "safe_operation", "/message/operation"),
    "operation_false": (message(operation=False), "safe_operation", "/message/operation"),
    "operation_text": (message(operation="0"), "safe_operation", "/message/operation"),
    "operation_null": (message(operation=None), "safe_operation", "/message/operation"),
    "gas_limited": (message(safeTxGas=1), "safe_refund", "/message/safeTxGas"),
    "gas_false": (message(safeTxGas=False), "safe_refund", "/message/safeTxGas"),
    "gas_float": (message(safeTxGas=0.0), "safe_refund", "/message/safeTxGas"),
    "base_gas": (message(baseGas=21000), "safe_refund", "/message/baseGas"),
    "gas_price": (message(gasPrice="1"), "safe_refund", "/message/gasPrice"),
    "gas_price_other_spelling": (message(gasPrice="00"), "safe_refund", "/message/gasPrice"),
    "gas_token": (message(gasToken=PAYEE), "safe_refund", "/message/gasToken"),
    "refund_receiver": (message(refundReceiver=PAYEE), "safe_refund", "/message/refundReceiver"),
    "hidden_field": (message(note="x"), "safe_member", "/message/note"),
    "missing_field": (lambda data: data["message"].pop("gasToken"), "safe_member", "/message/gasToken"),
    "to_zero": (message(to=ZERO), "zero_address", "/message/to"),
    "to_capitals": (message(to=f"0x{'AB' * 20}"), "bad_address", "/message/to"),
    "to_number": (message(to=5), "bad_address", "/message/to"),
    "value_number": (message(value=1), "bad_amount", "/message/value"),
    "value_hex": (message(value="0x1"), "bad_amount", "/message/value"),
    "value_negative": (message(value="-1"), "bad_amount", "/message/value"),
    "value_too_large": (message(value=str(2**256)), "safe_range", "/message/value"),
    "data_odd": (message(data="0xa"), "safe_data", "/message/data"),
    "data_capitals": (message(data="0xAB"), "safe_data", "/message/data"),
    "data_bare": (message(data="ab"), "safe_data", "/message/data"),
    "data_number": (message(data=0), "safe_data", "/message/data"),
    "data_line": (message(data="0xab\n"), "safe_data", "/message/data"),
    "nonce_text": (message(nonce="3"), "safe_range", "/message/nonce"),
    "nonce_true": (message(nonce=True), "safe_range", "/message/nonce"),
    "nonce_negative": (message(nonce=-1), "safe_range", "/message/nonce"),
    "nonce_too_large": (message(nonce=2**53), "safe_range", "/message/nonce"),
    "chain_text": (domain(chainId="31337"), "safe_range", "/domain/chainId"),
    "chain_zero": (domain(chainId=0), "safe_range", "/domain/chainId"),
    "chain_too_large": (domain(chainId=2**53), "safe_range", "/domain/chainId"),
    "safe_zero": (domain(verifyingContract=ZERO), "zero_address", "/domain/verifyingContract"),
    "safe_spelling": (domain(verifyingContract=SAFE.upper()), "bad_address", "/domain/verifyingContract"),
    "domain_name": (domain(name="Safe"), "safe_member", "/domain/name"),
    "domain_without_chain": (lambda data: data["domain"].pop("chainId"), "safe_member", "/domain/chainId"),
    "domain_no_object": (lambda data: data.update(domain=[]), "safe_malformed", "/domain"),
    "message_no_object": (lambda data: data.update(message="x"), "safe_malformed", "/message"),
    "other_type": (lambda data: data.update(primaryType="Permit"), "safe_primary_type", "/primaryType"),
    "domain_as_type": (
        lambda data: data.update(primaryType="EIP712Domain"), "safe_primary_type", "/primaryType",
    ),
    "type_more": (lambda data: data["types"].update(Permit=[]), "safe_types", "/types"),
    "type_missing": (lambda data: data["types"].pop("EIP712Domain"), "safe_types", "/types"),
    "member_more": (lambda data: data["types"]["SafeTx"].append({"name": "x", "type": "bytes"}),
                    "safe_types", "/types"),
    "member_missing": (lambda data: data["types"]["SafeTx"].pop(), "safe_types", "/types"),
    "members_in_another_order": (lambda data: data["types"]["SafeTx"].reverse(), "safe_types", "/types"),
    "member_renamed": (member("SafeTx", 0, name="payee"), "safe_types", "/types"),
    "member_retyped": (member("SafeTx", 3, type="uint256"), "safe_types", "/types"),
    "domain_member_retyped": (member("EIP712Domain", 0, type="uint64"), "safe_types", "/types"),
    "salted": (member("EIP712Domain", 0, note="x"), "safe_types", "/types"),
    "hidden_part": (lambda data: data.update(metadata={}), "safe_member", "/metadata"),
    "missing_part": (lambda data: data.pop("types"), "safe_member", "/types"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code", "field"), REFUSED.values(), ids=REFUSED)
def test_refuses(change: Change, code: str, field: str) -> None:
    data = json.loads(SAFE_TX.to_text())
    change(data)
    with refused(f"/typed_data{field}", code):
        read_typed_data(data, field="/typed_data")


def test_reads_numbers_up_to_their_limits() -> None:
    largest = replace(SAFE_TX, value=2**256 - 1, nonce=2**53 - 1, chain_id=2**53 - 1)
    assert read_text(largest.to_text()) == largest


@pytest.mark.parametrize("value", [None, [], "SafeTx", 1])
def test_refuses_what_is_no_object(value: object) -> None:
    with refused("", "safe_malformed"):
        read_typed_data(value)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        SAFE_TX.to_text() + b"{}",
        SAFE_TX.to_text().replace(b'"operation":0', b'"operation":1,"operation":0'),
        SAFE_TX.to_text().replace(b'"domain":', b'"domain":{},"domain":'),
    ],
    ids=["empty", "half", "not_utf8", "deep", "two_values", "double_member", "double_part"],
)
def test_refuses_text_that_says_two_things_or_none(text: bytes) -> None:
    with refused("/typed_data", "safe_malformed"):
        read_text(text, field="/typed_data")


safe_txs = st.builds(
    SafeTx,
    chain_id=st.integers(1, 2**53 - 1),
    safe=addresses,
    to=addresses,
    value=words,
    nonce=counts,
    data=st.binary(max_size=200),
)


@given(safe_txs)
def test_reads_back_any_payment(safe_tx: SafeTx) -> None:
    assert read_text(safe_tx.to_text()) == safe_tx


@given(safe_txs)
def test_eth_account_hashes_the_same(safe_tx: SafeTx) -> None:
    data = safe_tx.typed_data()
    data["message"] |= {"value": safe_tx.value, "gasPrice": 0}
    theirs = Account.sign_message(encode_typed_data(full_message=data), KEY.secret)
    assert bytes(theirs.message_hash) == safe_tx.digest

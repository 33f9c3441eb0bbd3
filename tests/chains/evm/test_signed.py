"""Signed transactions: published bytes out and in, every alteration refused, eth-account as judge."""

from typing import Any

import pytest
import rlp
from coincurve import PrivateKey, PublicKey
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.bitcoin.keys import ORDER
from custody.chains.evm.address import checksum_address
from custody.chains.evm.signed import SignedTransaction, decode_signed, finalize
from custody.chains.evm.transaction import UnsignedTransaction
from custody.common.errors import InvalidInputError
from tests.chains.evm.examples import (
    ACCOUNT,
    KEY,
    PAYEE,
    PUBLIC_KEY,
    TOKEN,
    fee_market,
    legacy,
    sign,
    signature,
)
from tests.chains.evm.judge import Account
from tests.statements.refusing import refused

EIP155_RAW = (
    "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61"
    "340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555"
    "c9f3dc64214b297fb1966a3b6d83"
)

# ethereumjs, packages/tx/test/json/eip1559.json: nonce, value, gas, tip, price, signed bytes; chain 7822.
EIP1559_KEY = PrivateKey(bytes.fromhex("8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63"))
EIP1559 = [
    (
        (819, 43203529, 35552, 75853, 121212),
        "02f870821e8e8203338301284d8301d97c828ae094000000000000000000000000000000000000aaaa8402933bc980c080"
        "a0d067f2167008c59219652f91cbf8788dbca5f771f6e91e2b7657e85b78b472e0a01d305af9fe81fdba43f0dfcd400e"
        "d24dcace0a7e30d4e85701dcaaf484cd079e",
    ),
    (
        (353, 61901619, 32593, 38850, 136295),
        "02f86f821e8e8201618297c283021467827f5194000000000000000000000000000000000000aaaa8403b08b3380c001a0"
        "04205678f13fc1d7b10feea6513dfa76e24418b6e08097d95c6f93a3b64e536da01d45ad61bfece43862de2cce7d2575"
        "a8c1d08c26c87f3cb5f26d7b0be54a91b2",
    ),
    (
        (709, 6478043, 28335, 86252, 94636),
        "02f86f821e8e8202c5830150ec830171ac826eaf94000000000000000000000000000000000000aaaa8362d8db80c001a0"
        "9880d133cd636f8c8dce32e2c43494b9f2dc000eee8dc61931e09f866ed04b46a00e44d5c503c7f08b36c8b062c32a96"
        "3f3dd20a71e95e3d903bfbe7f4da47cd47",
    ),
]

# ethereum/tests, TransactionTests/ttEIP1559.
PRODUCT_IS_LARGEST = (
    "02f885018084773594009f02ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff82520894095e7b"
    "aea6a6c7c4c2dfeb977efac326af552d878080c080a05cbd172231fc0735e0fb994dd5b1a4939170a260b36f0427a8a8"
    "0866b063b948a07c230f7f578dd61785c93361b9871c0706ebfa6d06e3f4491dc9558c5202ed36"
)
TAIL = (
    "82520894095e7baea6a6c7c4c2dfeb977efac326af552d878080c080a05cbd172231fc0735e0fb994dd5b1a4939170a260b3"
    "6f0427a8a80866b063b948a07c230f7f578dd61785c93361b9871c0706ebfa6d06e3f4491dc9558c5202ed36"
)
PUBLISHED_AS_INVALID = {
    "GasLimitPriceProductOverflow": (f"02f885018084773594009f03{'ff' * 30}{TAIL}", "evm_range", "/gas"),
    "maxFeePerGasOverflow": (
        f"02f88701808477359400a101{'00' * 32}{TAIL}", "evm_range", "/max_fee_per_gas",
    ),
    "maxFeePerGas00prefix": (f"02f88701808477359400a100{'ff' * 32}{TAIL}", "evm_range", "/gas"),
    "maxPriorityFeePerGas00prefix": (
        f"02f8870180a100{'ff' * 32}84b2d05e00{TAIL}", "evm_priority_fee", "/max_priority_fee_per_gas",
    ),
}  # fmt: skip


def test_signs_the_example_in_eip155() -> None:
    signed = sign(legacy())
    assert signed.raw.hex() == EIP155_RAW
    assert signed.sender == ACCOUNT
    assert decode_signed(bytes.fromhex(EIP155_RAW)) == signed


@pytest.mark.parametrize(("numbers", "raw"), EIP1559)
def test_signs_as_published_under_eip1559(numbers: tuple[int, ...], raw: str) -> None:
    nonce, value, gas, tip, price = numbers
    transaction = UnsignedTransaction(
        type=2,
        chain_id=7822,
        nonce=nonce,
        to="0x000000000000000000000000000000000000aaaa",
        value=value,
        gas=gas,
        max_fee_per_gas=price,
        max_priority_fee_per_gas=tip,
    )
    signed = sign(transaction, EIP1559_KEY)
    assert signed.raw.hex() == raw
    assert decode_signed(bytes.fromhex(raw)) == signed


def test_reads_the_published_transaction_of_the_largest_cost() -> None:
    signed = decode_signed(bytes.fromhex(PRODUCT_IS_LARGEST))
    assert signed.hash == "dad8bff3ecfcf95169b1d5625b47f3372be795802bc4fe570991cf332f609334"
    assert signed.sender == "0xae2aec498d20869d441eaaf708fb1e375ae1787d"
    assert (signed.transaction.to, signed.transaction.gas) == (TOKEN, 21_000)


@pytest.mark.parametrize(("raw", "code", "field"), PUBLISHED_AS_INVALID.values(), ids=PUBLISHED_AS_INVALID)
def test_refuses_what_is_published_as_invalid(raw: str, code: str, field: str) -> None:
    with refused(field, code):
        decode_signed(bytes.fromhex(raw))


def test_makes_a_high_s_low() -> None:
    expected = sign(legacy())
    s = ORDER - int.from_bytes(expected.signature[32:], "big")
    high = expected.signature[:32] + s.to_bytes(32, "big")
    assert finalize(legacy(), signature=high, public_key=PUBLIC_KEY) == expected


def test_takes_the_public_key_in_both_forms() -> None:
    point = KEY.public_key.format(compressed=False)
    assert finalize(legacy(), signature=signature(legacy()), public_key=point) == sign(legacy())


OTHER_KEY = PrivateKey(b"\x47" * 32)


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        bytes(64),
        bytes(63),
        signature(legacy()) + b"\x00",
        signature(legacy())[:63],
        signature(legacy(nonce=8)),
        signature(legacy(), OTHER_KEY),
        ORDER.to_bytes(32, "big") + signature(legacy())[32:],
        signature(legacy())[:32] + ORDER.to_bytes(32, "big"),
        b"\xff" * 64,
    ],
)
def test_refuses_a_signature_that_is_not_the_keys(wrong: bytes) -> None:
    with refused("/signature", "evm_signature_invalid"):
        finalize(legacy(), signature=wrong, public_key=PUBLIC_KEY)


def test_refuses_a_public_key_that_is_none() -> None:
    with refused("public_key", "bad_public_key"):
        finalize(legacy(), signature=signature(legacy()), public_key=PUBLIC_KEY[:32])


def fields(signed: SignedTransaction) -> list[Any]:
    """The list of a raw transaction."""
    raw = signed.raw
    return list(rlp.decode(raw if signed.transaction.type == 0 else raw[1:]))


def altered(kind: int, position: int, value: object) -> bytes:
    """A raw transaction with one item exchanged."""
    items = fields(sign(legacy() if kind == 0 else fee_market()))
    items[position] = value
    return bytes([2] * (kind == 2)) + bytes(rlp.encode(items))


FEE_MARKET_RAW = sign(fee_market()).raw
HIGH_S = (ORDER - int.from_bytes(sign(fee_market()).signature[32:], "big")).to_bytes(32, "big")
REFUSED: dict[str, tuple[bytes, str, str]] = {
    "nothing": (b"", "evm_malformed", ""),
    "type_only": (b"\x02", "evm_malformed", ""),
    "type_0_spelled_out": (b"\x00" + bytes.fromhex(EIP155_RAW), "evm_malformed", ""),
    "type_1": (b"\x01" + FEE_MARKET_RAW[1:], "evm_access_list", "/type"),
    "type_3": (b"\x03" + FEE_MARKET_RAW[1:], "evm_blob", "/type"),
    "type_4": (b"\x04" + FEE_MARKET_RAW[1:], "evm_set_code", "/type"),
    "type_5": (b"\x05" + FEE_MARKET_RAW[1:], "evm_type", "/type"),
    "wrapped_in_a_string": (b"\xb8\x70" + FEE_MARKET_RAW, "evm_type", "/type"),
    "a_byte_behind": (FEE_MARKET_RAW + b"\x00", "evm_malformed", ""),
    "a_byte_short": (FEE_MARKET_RAW[:-1], "evm_malformed", ""),
    "a_string": (b"\x02\x80", "evm_malformed", ""),
    "a_string_of_twelve": (b"\x02" + bytes(rlp.encode(b"twelve bytes")), "evm_malformed", ""),
    "an_empty_list": (b"\xc0", "evm_malformed", ""),
    "nested_without_end": (b"\xc1" * 5000, "evm_malformed", ""),
    "unsigned": (b"\x02" + bytes(rlp.encode(fee_market().body)), "evm_malformed", ""),
    "unsigned_type_0": (legacy().signing_bytes, "evm_no_replay_protection", "/v"),
    "one_field_more": (b"\x02" + bytes(rlp.encode([*fields(sign(fee_market())), b""])), "evm_malformed", ""),
    "access_list": (altered(2, 8, [[b"\x35" * 20, []]]), "evm_access_list", "/access_list"),
    "access_list_a_string": (altered(2, 8, b""), "evm_access_list", "/access_list"),
    "list_as_value": (altered(2, 6, [b"\x01"]), "evm_malformed", "/value"),
    "list_as_to": (altered(0, 3, [b"\x35" * 20]), "evm_malformed", "/to"),
    "list_as_r": (altered(0, 7, []), "evm_malformed", "/r"),
    "contract_creation": (altered(2, 5, b""), "evm_contract_creation", "/to"),
    "contract_creation_type_0": (altered(0, 3, b""), "evm_contract_creation", "/to"),
    "to_of_19_bytes": (altered(2, 5, b"\x35" * 19), "bad_address", "/to"),
    "to_of_21_bytes": (altered(2, 5, b"\x35" * 21), "bad_address", "/to"),
    "to_zero": (altered(2, 5, bytes(20)), "zero_address", "/to"),
    "nonce_with_leading_zero": (altered(2, 1, b"\x00\x07"), "evm_not_canonical", ""),
    "nonce_with_leading_zero_type_0": (altered(0, 0, b"\x00\x09"), "evm_not_canonical", ""),
    "nonce_too_large": (altered(2, 1, b"\xff" * 8), "evm_range", "/nonce"),
    "chain_id_zero": (altered(2, 0, b""), "evm_chain_id", "/chain_id"),
    "v_27": (altered(0, 6, b"\x1b"), "evm_no_replay_protection", "/v"),
    "v_28": (altered(0, 6, b"\x1c"), "evm_no_replay_protection", "/v"),
    "v_35": (altered(0, 6, b"\x23"), "evm_no_replay_protection", "/v"),
    "v_0": (altered(0, 6, b""), "evm_no_replay_protection", "/v"),
    "parity_2": (altered(2, 9, b"\x02"), "evm_signature_invalid", ""),
    "parity_27": (altered(2, 9, b"\x1b"), "evm_signature_invalid", ""),
    "r_zero": (altered(2, 10, b""), "evm_signature_invalid", ""),
    "r_too_long": (altered(2, 10, b"\x01" * 33), "evm_signature_invalid", ""),
    "s_zero": (altered(2, 11, b""), "evm_signature_invalid", ""),
    "s_high": (altered(2, 11, HIGH_S), "evm_signature_invalid", ""),
}


@pytest.mark.parametrize(("raw", "code", "field"), REFUSED.values(), ids=REFUSED)
def test_refuses_to_read(raw: bytes, code: str, field: str) -> None:
    with refused(field, code):
        decode_signed(raw)


def test_refuses_a_parity_that_libsecp256k1_would_take() -> None:
    """Recovery id 2 stands for r + n; Ethereum has no such signature, whoever it would recover to."""
    digest, s = fee_market().digest, (1).to_bytes(32, "big")
    found = [r for r in range(1, 30) if recovers(r.to_bytes(32, "big") + s + b"\x02", digest)]
    assert found
    for r in found:
        items = fields(sign(fee_market()))
        items[9:] = [b"\x02", bytes([r]), b"\x01"]
        with refused("", "evm_signature_invalid"):
            decode_signed(b"\x02" + bytes(rlp.encode(items)))


def recovers(recoverable: bytes, digest: bytes) -> bool:
    try:
        PublicKey.from_signature_and_message(recoverable, digest, hasher=None)
    except ValueError:
        return False
    return True


def test_every_changed_byte_is_refused_or_another_senders() -> None:
    for position in range(len(FEE_MARKET_RAW)):
        other = bytearray(FEE_MARKET_RAW)
        other[position] ^= 0x01
        try:
            assert decode_signed(bytes(other)).sender != ACCOUNT
        except InvalidInputError:
            continue


@given(st.binary(max_size=200))
def test_reads_or_refuses_any_bytes(data: bytes) -> None:
    for raw in (data, b"\x02" + data):
        try:
            assert decode_signed(raw).raw == raw
        except InvalidInputError:
            continue


words = st.integers(0, 2**256 - 1)
counts = st.integers(0, 2**53 - 1)
addresses = st.binary(min_size=20, max_size=20).filter(any).map(lambda data: f"0x{data.hex()}")
prices = st.integers(0, 2**128)


@st.composite
def transactions(draw: st.DrawFn) -> UnsignedTransaction:
    """Any transaction that can be signed here."""
    common: dict[str, Any] = {
        "chain_id": draw(st.integers(1, 2**53 - 1)),
        "nonce": draw(counts),
        "to": draw(addresses),
        "value": draw(words),
        "gas": draw(st.integers(21_000, 2**53 - 1)),
        "data": draw(st.binary(max_size=300)),
    }
    if draw(st.booleans()):
        return UnsignedTransaction(type=0, gas_price=draw(prices), **common)
    price = draw(prices)
    tip = draw(st.integers(0, price))
    return UnsignedTransaction(type=2, max_fee_per_gas=price, max_priority_fee_per_gas=tip, **common)


def for_eth_account(transaction: UnsignedTransaction) -> dict[str, Any]:
    """The same transaction in the words of eth-account."""
    values: dict[str, Any] = {
        "chainId": transaction.chain_id,
        "nonce": transaction.nonce,
        "to": checksum_address(transaction.to or PAYEE),
        "value": transaction.value,
        "gas": transaction.gas,
        "data": transaction.data,
    }
    if transaction.type == 0:
        return values | {"gasPrice": transaction.gas_price}
    return values | {
        "type": 2,
        "maxFeePerGas": transaction.max_fee_per_gas,
        "maxPriorityFeePerGas": transaction.max_priority_fee_per_gas,
    }


@given(transactions())
def test_reads_back_what_it_wrote(transaction: UnsignedTransaction) -> None:
    signed = sign(transaction)
    assert decode_signed(signed.raw) == signed
    assert (signed.transaction, signed.sender) == (transaction, ACCOUNT)


@given(transactions())
def test_eth_account_signs_the_same_bytes(transaction: UnsignedTransaction) -> None:
    signed = sign(transaction)
    theirs = Account.sign_transaction(for_eth_account(transaction), KEY.secret)
    assert bytes(theirs.raw_transaction) == signed.raw
    assert bytes(theirs.hash).hex() == signed.hash
    assert Account.recover_transaction(signed.raw) == checksum_address(ACCOUNT)

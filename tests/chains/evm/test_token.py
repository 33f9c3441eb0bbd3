"""Payments in tokens: one spelling, and every other call is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.evm.abi import encode_call, read_method
from custody.chains.evm.token import decode_transfer, encode_transfer, moves_tokens
from tests.chains.evm.examples import ACCOUNT, PAYEE
from tests.statements.refusing import refused

# The call data that Solidity's documentation and every block explorer show for a transfer.
DATA = bytes.fromhex(
    "a9059cbb0000000000000000000000003535353535353535353535353535353535353535"
    "00000000000000000000000000000000000000000000000000000000000f4240"
)
TRANSFER_FROM = read_method("transferFrom(address,address,uint256)")


def test_reads_and_writes_a_transfer() -> None:
    assert decode_transfer(DATA) == (PAYEE, 1_000_000)
    assert encode_transfer(to=PAYEE, amount=1_000_000) == DATA


@given(amount=st.integers(0, 2**256 - 1), to=st.binary(min_size=20, max_size=20))
def test_any_transfer_comes_back(amount: int, to: bytes) -> None:
    address = f"0x{to.hex()}"
    assert decode_transfer(encode_transfer(to=address, amount=amount)) == (address, amount)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "abi_selector"),
        (b"\x09\x5e\xa7\xb3" + DATA[4:], "abi_selector"),
        (DATA[:-1], "abi_malformed"),
        (DATA + b"\x00", "abi_not_canonical"),
        (DATA[:4] + b"\x01" + DATA[5:], "abi_malformed"),
    ],
)
def test_refuses_other_call_data(data: bytes, code: str) -> None:
    with refused("/data", code):
        decode_transfer(data)


def test_knows_calls_that_move_tokens() -> None:
    other = encode_call(TRANSFER_FROM, {"arg0": ACCOUNT, "arg1": PAYEE, "arg2": "1"})
    assert moves_tokens(DATA)
    assert moves_tokens(other)
    assert not moves_tokens(b"")
    assert not moves_tokens(DATA[1:])

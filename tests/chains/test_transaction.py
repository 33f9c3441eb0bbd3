"""Raw transactions and blocks: one strict reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.bitcoin.block import parse_block
from custody.chains.bitcoin.reader import MalformedError, Reader, write_compact
from custody.chains.bitcoin.transaction import parse_transaction
from tests.chains import psbts
from tests.harness.bitcoin import REGTEST, sign

# The genesis block, and the signed native P2WPKH transaction of BIP143.
GENESIS = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617f"
    "c81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c0101000000010000000000000000000000000000000000000000"
    "000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e6365"
    "6c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a010000"
    "00434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c"
    "384df7ba0b8d578a4c702b6bf11d5fac00000000"
)
BIP143 = bytes.fromhex(
    "01000000000102fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f00000000494830450221008b9d1d"
    "c26ba6a9cb62127b02742fa9d754cd3bebf337f7a55d114c8e5cdd30be022040529b194ba3f9281a99f2b1c0a19c0489bc22ede944"
    "ccf4ecbab4cc618ef3ed01eeffffffef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ff"
    "ffffff02202cb206000000001976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42"
    "dbee7e4dbe6a21b2d50ce2f0167faa815988ac000247304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366"
    "d7f01cc44a0220573a954c4518331561406f90300e8f3358f51928d43c212a8caed02de67eebee0121025476c2e83188368da1ff3e"
    "292e7acafcdb3566bb0ad253f62fc70f07aeee635711000000"
)


def test_reads_the_documented_transaction() -> None:
    transaction = parse_transaction(BIP143)
    assert [len(item.witness) for item in transaction.inputs] == [0, 2]
    assert [item.amount for item in transaction.outputs] == [112_340_000, 223_450_000]
    assert transaction.locktime == 17
    assert transaction.to_bytes() == BIP143


def test_reads_the_genesis_block() -> None:
    block = parse_block(GENESIS)
    assert block.hash == "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
    assert block.parent == "00" * 32
    assert block.time == 1_231_006_505
    assert [item.txid for item in block.transactions] == [
        "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
    ]
    assert block.transactions[0].outputs[0].amount == 5_000_000_000


@given(st.integers(80, len(GENESIS) - 1), st.integers(1, 255))
def test_refuses_a_block_with_a_changed_transaction(position: int, change: int) -> None:
    data = bytearray(GENESIS)
    data[position] ^= change
    with pytest.raises(MalformedError):
        parse_block(bytes(data))


@given(st.integers(0, len(BIP143) - 1))
def test_refuses_a_transaction_cut_anywhere(length: int) -> None:
    with pytest.raises(MalformedError):
        parse_transaction(BIP143[:length])


def test_refuses_a_block_without_transactions() -> None:
    with pytest.raises(MalformedError, match="no transaction"):
        parse_block(GENESIS[:80] + b"\x00")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("020000000002", "no input"),  # marker of a witness with another flag
        ("020000000001000100000000000000000000000000", "witness is announced"),
        ("0200000001" + "11" * 32 + "0000000000ffffffff0000000000", "no output"),
        (
            "0200000001" + "11" * 32 + "0000000000ffffffff010140075af07507000000000000",
            "larger than all coins",
        ),
    ],
)
def test_refuses_impossible_transactions(raw: str, reason: str) -> None:
    with pytest.raises(MalformedError, match=reason):
        parse_transaction(bytes.fromhex(raw))


def test_refuses_to_write_a_number_beyond_64_bits() -> None:
    with pytest.raises(ValueError, match="too large"):
        write_compact(2**64)


def test_refuses_bytes_behind_a_transaction() -> None:
    with pytest.raises(MalformedError):
        parse_transaction(BIP143 + b"\x00")


def test_refuses_a_witness_marker_without_witness() -> None:
    unsigned = psbts.maps_of(psbts.payout()).unsigned
    stripped = unsigned.stripped()
    marked = stripped[:4] + b"\x00\x01" + stripped[4:-4] + b"\x00" * len(unsigned.inputs) + stripped[-4:]
    with pytest.raises(MalformedError):
        parse_transaction(marked)


def test_the_hash_ignores_the_witness() -> None:
    from custody.chains.bitcoin.psbt import finalize

    payout = psbts.payout()
    final = finalize(sign(sign(payout, "buyer"), "merchant"), chain=REGTEST)
    assert final.txid == psbts.maps_of(payout).unsigned.txid
    assert parse_transaction(final.to_bytes()) == final
    assert final.weight == 3 * len(final.stripped()) + len(final.to_bytes())


@given(st.integers(0, 2**64 - 1))
def test_numbers_have_one_spelling(value: int) -> None:
    reader = Reader(write_compact(value), field="")
    assert reader.compact() == value
    assert reader.at_end()


@pytest.mark.parametrize("spelling", ["fdfc00", "fe00ff0000", "ffffffffff00000000", "fd00", "ff"])
def test_refuses_longer_spellings_of_numbers(spelling: str) -> None:
    with pytest.raises(MalformedError):
        Reader(bytes.fromhex(spelling), field="").compact()

"""Blocks that somebody wants signed: what they say, and every way to lie about them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from custody.chains.bitcoin.block import (
    BlockPayee,
    BlockProposal,
    check_payees,
    check_reward,
    check_time,
    decode_proposal,
    subsidy,
    total_fees,
)
from custody.chains.bitcoin.block.header import parse_header
from custody.chains.bitcoin.transaction import Transaction, TxInput, TxOutput, double_sha256
from custody.common.errors import InvalidInputError
from tests.chains import blocks
from tests.chains.blocks import HEIGHT, REWARD, TIME, block, coinbase, decoded, spend, with_coinbase
from tests.chains.test_transaction import GENESIS
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST

BLOCK = block(spend(0), spend(1), spend(2))
PREVIOUS = [blocks.SOURCE.to_bytes().hex()]
FIVE = block(*map(spend, range(5)))
DATA = TxOutput(0, b"\x6a\x04data")


def test_reads_the_header_of_the_genesis_block() -> None:
    header = parse_header(GENESIS[:80], field="")
    assert header.hash == "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"
    assert header.digest == double_sha256(GENESIS[:80])
    assert (header.version, header.time, header.bits, header.nonce) == (
        1,
        1_231_006_505,
        0x1D00FFFF,
        2_083_236_893,
    )
    assert header.parent == "00" * 32
    assert header.merkle_root == "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"


def test_says_what_the_block_does() -> None:
    found = decoded(BLOCK)
    assert found.header.digest == double_sha256(blocks.header(BLOCK))
    assert (found.header.version, found.header.parent, found.header.time) == (0x20000000, "66" * 32, TIME)
    assert (found.height, found.claimed, found.chain) == (HEIGHT, REWARD, REGTEST)
    assert found.transactions == tuple(BLOCK)
    assert found.payees == (BlockPayee(0, MERCHANT_ADDRESS, REWARD),)
    assert found.weight == 4 * 81 + sum(item.weight for item in BLOCK)


def test_data_beside_the_payees_is_no_payee() -> None:
    outputs = (DATA, *BLOCK[0].outputs, TxOutput(5, BLOCK[1].outputs[0].script))
    found = decoded(with_coinbase(BLOCK, outputs=outputs))
    assert found.payees == (BlockPayee(1, MERCHANT_ADDRESS, REWARD), BlockPayee(3, BUYER_ADDRESS, 5))


def test_a_block_without_witness_needs_no_commitment() -> None:
    plain = replace(spend(0), inputs=(replace(spend(0).inputs[0], witness=()),))
    first = coinbase()
    bare = replace(first, inputs=(replace(first.inputs[0], witness=()),), outputs=(first.outputs[0],))
    assert decoded([bare, plain]).height == HEIGHT


@pytest.mark.parametrize(
    ("script", "height"),
    [
        ("5100", 1),
        ("6000", 16),
        ("0111", 17),
        ("017f", 127),
        ("028000", 128),
        ("02ff7f", 32_767),
        ("03008000", 32_768),
        ("03a08601", 100_000),
        ("0400008000", 8_388_608),
    ],
)
def test_reads_the_height_of_bip34(script: str, height: int) -> None:
    assert decoded([coinbase(script=bytes.fromhex(script))]).height == height


def of_script(script: str) -> Callable[[], BlockProposal]:
    return lambda: decoded([coinbase(script=bytes.fromhex(script))])


def of_header(change: Callable[[bytes], bytes]) -> Callable[[], BlockProposal]:
    return lambda: decoded(BLOCK, change(blocks.header(BLOCK)))


def under_the_header_of(
    transactions: Sequence[Transaction], shown: Sequence[Transaction]
) -> Callable[[], BlockProposal]:
    return lambda: decoded(shown, blocks.header(transactions))


def of_text(header: str | None = None, *transactions: str) -> Callable[[], BlockProposal]:
    good = [item.to_bytes().hex() for item in BLOCK]
    return lambda: decode_proposal(
        header=blocks.header(BLOCK).hex() if header is None else header,
        transactions=transactions or good,
        chain=REGTEST,
    )


def of_coinbase(**changes: object) -> Callable[[], BlockProposal]:
    return lambda: decoded(with_coinbase(BLOCK, **changes))


FIRST = BLOCK[0].inputs[0]
NODE_SIZED = Transaction(2, (TxInput("77" * 32, 0, b"", 0),), (TxOutput(1, b"\x51\x51\x51\x51"),), 0)
HEADER = "/payload/header"
LIST = "/payload/transactions"

LIES: dict[str, tuple[Callable[[], BlockProposal], str, str]] = {
    "a header of 79 bytes": (of_header(lambda raw: raw[:-1]), "malformed", HEADER),
    "a header of 81 bytes": (of_header(lambda raw: raw + b"\0"), "malformed", HEADER),
    "a header in capitals": (of_text(blocks.header(BLOCK).hex().upper()), "malformed", HEADER),
    "a header with spaces": (of_text(blocks.header(BLOCK).hex() + " "), "malformed", HEADER),
    "a header that is no hexadecimal": (of_text("zz" * 80), "malformed", HEADER),
    "a transaction that is no hexadecimal": (of_text(None, "zz"), "malformed", f"{LIST}/0"),
    "an empty transaction": (of_text(None, ""), "malformed", f"{LIST}/0"),
    "a transaction cut short": (
        of_text(None, BLOCK[0].to_bytes().hex(), BLOCK[1].to_bytes().hex()[:-2]),
        "malformed",
        f"{LIST}/1",
    ),
    "no transaction": (under_the_header_of(BLOCK, []), "malformed", LIST),
    "the version before BIP65": (
        lambda: decoded(BLOCK, blocks.header(BLOCK, version=3)),
        "block_version",
        HEADER,
    ),
    "a negative version": (
        lambda: decoded(BLOCK, blocks.header(BLOCK, version=-1)),
        "block_version",
        HEADER,
    ),
    "another merkle root": (
        of_header(lambda raw: raw[:36] + b"\0" * 32 + raw[68:]),
        "block_merkle_root",
        HEADER,
    ),
    "a transaction left out": (under_the_header_of(BLOCK, BLOCK[:-1]), "block_merkle_root", HEADER),
    "a transaction added": (under_the_header_of(BLOCK, [*BLOCK, spend(3)]), "block_merkle_root", HEADER),
    "transactions in another order": (
        under_the_header_of(BLOCK, [BLOCK[0], BLOCK[2], BLOCK[1], BLOCK[3]]),
        "block_merkle_root",
        HEADER,
    ),
    "an amount changed": (
        under_the_header_of(BLOCK, [*BLOCK[:-1], spend(2, amount=98_999)]),
        "block_merkle_root",
        HEADER,
    ),
    "the last transaction repeated under the same root": (
        under_the_header_of(BLOCK[:3], [*BLOCK[:3], BLOCK[2]]),
        "block_repeated_transactions",
        LIST,
    ),
    "the last pair repeated under the same root": (
        under_the_header_of(FIVE, [*FIVE, *FIVE[-2:]]),
        "block_repeated_transactions",
        LIST,
    ),
    "two hashes that pose as a transaction": (
        lambda: decoded(block(NODE_SIZED)),
        "block_transaction_size",
        f"{LIST}/1",
    ),
    "no coinbase": (lambda: decoded(BLOCK[1:]), "block_coinbase", f"{LIST}/0"),
    "the coinbase second": (
        lambda: decoded([BLOCK[1], BLOCK[0]]),
        "block_coinbase",
        f"{LIST}/0",
    ),
    "two coinbases": (
        lambda: decoded(block(coinbase(amount=1))),
        "block_coinbase",
        f"{LIST}/1",
    ),
    "a coinbase that spends": (
        of_coinbase(inputs=(FIRST, replace(spend(5).inputs[0], witness=()))),
        "block_coinbase",
        f"{LIST}/0",
    ),
    "a spend that mints beside": (
        lambda: decoded(block(replace(spend(0), inputs=(*spend(0).inputs, replace(FIRST, witness=()))))),
        "block_coinbase",
        f"{LIST}/1",
    ),
    "a coinbase of output zero": (
        of_coinbase(inputs=(replace(FIRST, vout=0),)),
        "block_coinbase",
        f"{LIST}/0",
    ),
    "a coinbase script of one byte": (of_script("51"), "block_coinbase", f"{LIST}/0/inputs/0"),
    "a coinbase script of 101 bytes": (
        of_script("022c01" + "00" * 98),
        "block_coinbase",
        f"{LIST}/0/inputs/0",
    ),
    "no height": (of_script("6a6a"), "block_height", f"{LIST}/0/inputs/0"),
    "height zero": (of_script("0000"), "block_height", f"{LIST}/0/inputs/0"),
    "a height in a longer spelling": (of_script("032c0100"), "block_height", f"{LIST}/0/inputs/0"),
    "a small height as a push": (of_script("011000"), "block_height", f"{LIST}/0/inputs/0"),
    "a negative height": (of_script("0291ff"), "block_height", f"{LIST}/0/inputs/0"),
    "a height cut short": (of_script("032c01"), "block_height", f"{LIST}/0/inputs/0"),
    "a height of five bytes": (of_script("050000000001"), "block_height", f"{LIST}/0/inputs/0"),
    "witnesses that nothing commits to": (
        of_coinbase(outputs=BLOCK[0].outputs[:1]),
        "block_witness_commitment",
        f"{LIST}/0",
    ),
    "another witness under the same commitment": (
        lambda: decoded(
            [*BLOCK[:-1], replace(BLOCK[-1], inputs=(replace(BLOCK[-1].inputs[0], witness=(b"other",)),))]
        ),
        "block_witness_commitment",
        f"{LIST}/0",
    ),
    "a commitment before the last one": (
        of_coinbase(outputs=(*BLOCK[0].outputs, blocks.commitment([]))),
        "block_witness_commitment",
        f"{LIST}/0",
    ),
    "a commitment without its reserved value": (
        of_coinbase(inputs=(replace(FIRST, witness=()),)),
        "block_witness_commitment",
        f"{LIST}/0",
    ),
    "a reserved value of 31 bytes": (
        of_coinbase(inputs=(replace(FIRST, witness=(bytes(31),)),)),
        "block_witness_commitment",
        f"{LIST}/0",
    ),
    "two transactions that spend one output": (
        lambda: decoded(block(spend(0), spend(0, amount=98_000))),
        "block_double_spend",
        f"{LIST}/2/inputs/0",
    ),
    "coins burned": (
        of_coinbase(outputs=(replace(DATA, amount=1), *BLOCK[0].outputs)),
        "unknown_output_script",
        f"{LIST}/0/outputs/0",
    ),
    "a reward that anybody may take": (
        of_coinbase(outputs=(TxOutput(REWARD, b"\x51"), BLOCK[0].outputs[1])),
        "unknown_output_script",
        f"{LIST}/0/outputs/0",
    ),
    "more weight than a block may have": (
        of_coinbase(outputs=(*BLOCK[0].outputs, TxOutput(0, b"\x6a" + bytes(999_600)))),
        "block_weight",
        LIST,
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_refuses(name: str) -> None:
    make, code, place = LIES[name]
    with pytest.raises(InvalidInputError) as refusal:
        make()
    assert (refusal.value.code, refusal.value.field) == (code, place)


@pytest.mark.parametrize(
    ("honest", "repeated"), [(BLOCK[:3], [*BLOCK[:3], BLOCK[2]]), (FIVE, [*FIVE, *FIVE[-2:]])]
)
def test_the_repeated_lists_really_have_the_root_of_the_others(
    honest: list[Transaction], repeated: list[Transaction]
) -> None:
    """The attack is one: without the check both lists would pass."""
    assert blocks.header(honest) == blocks.header(repeated)


@pytest.mark.parametrize(
    ("height", "interval", "amount"),
    [
        (0, 210_000, 5_000_000_000),
        (209_999, 210_000, 5_000_000_000),
        (210_000, 210_000, 2_500_000_000),
        (840_000, 210_000, 312_500_000),
        (6_929_999, 210_000, 1),
        (6_930_000, 210_000, 0),
        (64 * 210_000, 210_000, 0),
        (149, 150, 5_000_000_000),
        (150, 150, 2_500_000_000),
    ],
)
def test_knows_the_subsidy_of_each_height(height: int, interval: int, amount: int) -> None:
    assert subsidy(height, halving_interval=interval) == amount


def test_all_subsidies_together_are_the_known_sum_of_all_coins() -> None:
    total = sum(210_000 * subsidy(era * 210_000, halving_interval=210_000) for era in range(70))
    assert total == 2_099_999_997_690_000


def test_sums_the_fees_that_previous_transactions_prove() -> None:
    assert total_fees(decoded(BLOCK), previous=PREVIOUS) == 3_000


def test_outputs_of_the_block_itself_prove_what_follows() -> None:
    child = spend(0, amount=90_000, source=BLOCK[1])
    assert total_fees(decoded(block(spend(0), child)), previous=PREVIOUS) == 1_000 + 9_000


def claiming(amount: int) -> BlockProposal:
    others = BLOCK[1:]
    return decoded([coinbase(*others, amount=amount), *others])


@pytest.mark.parametrize("unclaimed", [0, 1, 3_000])
def test_says_what_the_reward_leaves(unclaimed: int) -> None:
    found = claiming(REWARD + 3_000 - unclaimed)
    assert check_reward(found, fees=3_000, halving_interval=150) == unclaimed


def test_allows_pinned_payees_and_the_window_with_both_ends() -> None:
    found = decoded(BLOCK)
    check_payees(found, allowed={MERCHANT_ADDRESS})
    check_time(found, earliest=TIME, latest=TIME)


CHILD = spend(0, source=BLOCK[1])
LIMITS: dict[str, tuple[Callable[[], object], str, str]] = {
    "a fee without proof": (
        lambda: total_fees(decoded(BLOCK), previous=[]),
        "block_previous_missing",
        f"{LIST}/1/inputs/0",
    ),
    "a previous transaction that lies about its amount": (
        lambda: total_fees(
            decoded(BLOCK),
            previous=[replace(blocks.SOURCE, outputs=(TxOutput(10**9, blocks.MINER),) * 6).to_bytes().hex()],
        ),
        "block_previous_missing",
        f"{LIST}/1/inputs/0",
    ),
    "an output that its transaction does not have": (
        lambda: total_fees(decoded(block(spend(6))), previous=PREVIOUS),
        "block_previous_missing",
        f"{LIST}/1/inputs/0",
    ),
    "a child before its parent": (
        lambda: total_fees(decoded(block(CHILD, BLOCK[1])), previous=[*PREVIOUS, BLOCK[1].to_bytes().hex()]),
        "block_previous_missing",
        f"{LIST}/1/inputs/0",
    ),
    "a previous transaction that is none": (
        lambda: total_fees(decoded(BLOCK), previous=[*PREVIOUS, "00"]),
        "malformed",
        "/payload/previous/1",
    ),
    "a transaction that makes coins": (
        lambda: total_fees(decoded(block(spend(0), spend(1, amount=100_001))), previous=PREVIOUS),
        "block_fee_negative",
        f"{LIST}/2/outputs",
    ),
    "one satoshi above subsidy and fees": (
        lambda: check_reward(claiming(REWARD + 3_001), fees=3_000, halving_interval=150),
        "block_reward",
        f"{LIST}/0/outputs",
    ),
    "the subsidy before the halving": (
        lambda: check_reward(claiming(2 * REWARD), fees=3_000, halving_interval=150),
        "block_reward",
        f"{LIST}/0/outputs",
    ),
    "a payee that is not pinned": (
        lambda: check_payees(decoded(BLOCK), allowed={BUYER_ADDRESS}),
        "block_foreign_payee",
        f"{LIST}/0/outputs/0",
    ),
    "a second payee that is not pinned": (
        lambda: check_payees(
            decoded(
                with_coinbase(BLOCK, outputs=(*BLOCK[0].outputs, TxOutput(0, spend(0).outputs[0].script)))
            ),
            allowed={MERCHANT_ADDRESS},
        ),
        "block_foreign_payee",
        f"{LIST}/0/outputs/2",
    ),
    "a time before the window": (
        lambda: check_time(decoded(BLOCK), earliest=TIME + 1, latest=TIME + 2),
        "block_time",
        HEADER,
    ),
    "a time after the window": (
        lambda: check_time(decoded(BLOCK), earliest=TIME - 2, latest=TIME - 1),
        "block_time",
        HEADER,
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_refuses_beyond_the_limits(name: str) -> None:
    check, code, place = LIMITS[name]
    with pytest.raises(InvalidInputError) as refusal:
        check()
    assert (refusal.value.code, refusal.value.field) == (code, place)

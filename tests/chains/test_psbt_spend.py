"""Spends of a single P2WPKH key: built, signed, finalized; the consensus code is the judge."""

from collections.abc import Callable

import pytest
from coincurve.ecdsa import cdata_to_der, deserialize_compact
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.bitcoin.address import p2wpkh_address
from custody.chains.bitcoin.psbt import (
    InputKind,
    Payee,
    Spendable,
    build_spend,
    decode,
    estimated_vsize,
    finalize,
)
from custody.chains.bitcoin.script import p2wpkh_script
from custody.chains.bitcoin.transaction import Transaction, TxInput, TxOutput
from custody.common.errors import InvalidInputError
from tests.harness.bitcoin import (
    BUYER_ADDRESS,
    MERCHANT_ADDRESS,
    REGTEST,
    is_valid_spend,
    private_key,
    public_key,
    sign,
)

KEY = public_key("house")
OWN_ADDRESS = p2wpkh_address(KEY, REGTEST)
LONGEST_ADDRESS = "bcrt1qnwe48kzqwxxfppkpj5dkgvmhe66y6y2hqyazx5xq3w8uaycwalaqy6essh"


def coins(count: int, *, script: bytes = p2wpkh_script(KEY), amount: int = 100_000) -> list[Spendable]:
    outputs = tuple(TxOutput(amount, script) for _ in range(count))
    raw = Transaction(2, (TxInput("33" * 32, 0, b"", 0xFFFFFFFF),), outputs, 0).to_bytes()
    return [Spendable(index, raw) for index in range(count)]


def build(
    *payees: Payee, inputs: list[Spendable] | None = None, change: Payee | None = None, key: bytes = KEY
) -> str:
    return build_spend(
        inputs=coins(2) if inputs is None else inputs,
        payees=payees or [Payee(MERCHANT_ADDRESS, 50_000)],
        public_key=key,
        change=change,
        chain=REGTEST,
    )


def test_derives_the_address_of_a_key_as_bip173_documents() -> None:
    key = bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
    main = "bip122:000000000019d6689c085ae165831e93"
    assert p2wpkh_address(key, main) == "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"


@pytest.mark.parametrize(
    "key",
    [
        b"",
        KEY[:-1],
        b"\x02" + b"\xff" * 32,
        b"\x04" + KEY[1:],
        private_key("house").public_key.format(compressed=False),
    ],
)
def test_refuses_a_key_that_is_not_compressed(key: bytes) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        p2wpkh_address(key, REGTEST)
    assert (refusal.value.code, refusal.value.field) == ("bad_public_key", "public_key")
    with pytest.raises(InvalidInputError) as refusal:
        build(key=key)
    assert (refusal.value.code, refusal.value.field) == ("bad_public_key", "public_key")


def test_pays_exactly_the_payees_in_order_and_the_change_last() -> None:
    payees = [Payee(MERCHANT_ADDRESS, 70_000), Payee(BUYER_ADDRESS, 60_000), Payee(MERCHANT_ADDRESS, 1_000)]
    spend = decode(build(*payees, change=Payee(OWN_ADDRESS, 65_000)), chain=REGTEST)
    assert [(item.address, item.amount) for item in spend.outputs] == [
        (MERCHANT_ADDRESS, 70_000),
        (BUYER_ADDRESS, 60_000),
        (MERCHANT_ADDRESS, 1_000),
        (OWN_ADDRESS, 65_000),
    ]
    assert (spend.fee, spend.version, spend.locktime) == (4_000, 2, 0)
    assert [(item.kind, item.amount, item.sequence) for item in spend.inputs] == [
        (InputKind.P2WPKH, 100_000, 0xFFFFFFFD)
    ] * 2


def test_leaves_to_the_fee_what_has_no_output() -> None:
    assert decode(build(), chain=REGTEST).fee == 150_000


OTHER = p2wpkh_script(public_key("stranger"))
REFUSED: dict[str, tuple[Callable[[], str], str, str]] = {
    "dust for a payee": (lambda: build(Payee(MERCHANT_ADDRESS, 293)), "dust", "payees/0/amount"),
    "dust as change": (lambda: build(change=Payee(OWN_ADDRESS, 293)), "dust", "change/amount"),
    "an address of another network": (
        lambda: build(Payee(MERCHANT_ADDRESS, 1_000), Payee("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", 1_000)),
        "wrong_network",
        "payees/1/to",
    ),
    "change to no address": (lambda: build(change=Payee("bcrt1q", 1_000)), "bad_address", "change/to"),
    "outputs above inputs": (
        lambda: build(Payee(MERCHANT_ADDRESS, 100_000), change=Payee(OWN_ADDRESS, 100_001)),
        "psbt_fee_negative",
        "psbt/outputs",
    ),
    "a coin of another key": (
        lambda: build(inputs=[*coins(1), *coins(1, script=OTHER)]),
        "psbt_script",
        "inputs/1",
    ),
    "an output that does not exist": (
        lambda: build(inputs=[Spendable(2, coins(2)[0].previous)]),
        "psbt_previous_mismatch",
        "inputs/0",
    ),
    "one coin twice": (lambda: build(inputs=coins(1) * 2), "psbt_duplicate_input", "psbt/inputs/1"),
    "no coin": (lambda: build(inputs=[]), "psbt_malformed", "psbt/global"),
    "a previous transaction cut short": (
        lambda: build(inputs=[Spendable(0, coins(1)[0].previous[:-1])]),
        "malformed",
        "inputs/0",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name: str) -> None:
    make, code, place = REFUSED[name]
    with pytest.raises(InvalidInputError) as refusal:
        make()
    assert (refusal.value.code, refusal.value.field) == (code, place)


def test_the_signed_spend_is_valid() -> None:
    psbt = build(change=Payee(OWN_ADDRESS, 100_000))
    transaction = finalize(sign(psbt, "house"), chain=REGTEST)
    assert transaction.txid == decode(psbt, chain=REGTEST).txid
    assert [item.witness[1] for item in transaction.inputs] == [KEY, KEY]
    spent = [TxOutput(100_000, p2wpkh_script(KEY))] * 2
    assert is_valid_spend(transaction, spent)
    assert not is_valid_spend(transaction, [TxOutput(100_001, p2wpkh_script(KEY)), spent[1]])


def test_an_unsigned_input_is_not_finalized() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        finalize(build(), chain=REGTEST)
    assert refusal.value.code == "psbt_incomplete"


def largest(kind: InputKind) -> tuple[bytes, ...]:
    """The largest witness: r with its highest bit set makes DER of 71 bytes, low s never does."""
    signature = cdata_to_der(deserialize_compact(b"\xf0" + b"\x11" * 31 + b"\x7f" + b"\x11" * 31)) + b"\x01"
    assert len(signature) == 72
    if kind is InputKind.P2WPKH:
        return (signature, KEY)
    return (b"", signature, signature, bytes(105))


@given(
    kind=st.sampled_from([InputKind.P2WPKH, InputKind.P2WSH_MULTISIG]),
    inputs=st.one_of(st.integers(1, 300), st.integers(251, 254)),
    sizes=st.lists(st.sampled_from([22, 23, 25, 34]), min_size=1, max_size=260),
)
def test_the_estimate_is_an_upper_bound_for_every_kind(
    kind: InputKind, inputs: int, sizes: list[int]
) -> None:
    witness = largest(kind)
    transaction = Transaction(
        2,
        tuple(TxInput("44" * 32, index, b"", 0xFFFFFFFD, witness) for index in range(inputs)),
        tuple(TxOutput(1_000, bytes(size)) for size in sizes),
        0,
    )
    estimated = estimated_vsize(inputs=inputs, outputs=len(sizes), kind=kind)
    spare = sum(34 - size for size in sizes)
    assert transaction.vsize <= estimated <= transaction.vsize + spare + inputs / 2 + 1


@pytest.mark.parametrize("count", [1, 2, 252, 253])
def test_a_signed_spend_is_no_larger_than_estimated(count: int) -> None:
    payees = [Payee(LONGEST_ADDRESS, 1_000), Payee(LONGEST_ADDRESS, 2_000)]
    unsigned = build(*payees, inputs=coins(count))
    transaction = finalize(sign(unsigned, "house"), chain=REGTEST)
    estimated = estimated_vsize(inputs=count, outputs=2, kind=InputKind.P2WPKH)
    assert transaction.vsize <= estimated <= transaction.vsize + count
    least = decode(unsigned, chain=REGTEST).least_vsize
    assert least <= transaction.vsize <= least + 1.5 * count + 2

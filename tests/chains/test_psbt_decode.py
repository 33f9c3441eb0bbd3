"""Strict reading: what a payout says, and every alteration refused by name."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from coincurve.ecdsa import cdata_to_der, der_to_cdata, deserialize_compact, serialize_compact
from hypothesis import given
from hypothesis import strategies as st

from custody.chains.bitcoin.keys import ORDER
from custody.chains.bitcoin.psbt import decode
from custody.chains.bitcoin.transaction import TxOutput
from custody.common.errors import InvalidInputError
from tests.chains import psbts
from tests.harness.bitcoin import (
    BUYER_ADDRESS,
    MERCHANT_ADDRESS,
    REGTEST,
    escrow_script,
    funding,
    public_key,
    sign,
)

PAYOUT = psbts.payout()
SIGNED = sign(PAYOUT, "buyer")
SIGNATURE_KEY = b"\x02" + public_key("buyer")
SIGNATURE = psbts.maps_of(SIGNED).inputs[0][SIGNATURE_KEY]
OTHER_SCRIPT = escrow_script("buyer", "merchant", "stranger")


def test_says_what_the_payout_does() -> None:
    spend = decode(PAYOUT, chain=REGTEST)
    assert [(item.outpoint, item.amount) for item in spend.inputs] == [
        (f"{psbts.FUNDING.txid}:0", 600_000),
        (f"{psbts.FUNDING.txid}:1", 400_000),
    ]
    assert [(item.address, item.amount) for item in spend.outputs] == [
        (MERCHANT_ADDRESS, 900_000),
        (BUYER_ADDRESS, 90_000),
    ]
    assert (spend.fee, spend.version, spend.locktime) == (10_000, 2, 0)
    assert {item.sequence for item in spend.inputs} == {0xFFFFFFFD}
    assert {item.sighash for item in spend.inputs} == {1}


def test_says_who_has_signed() -> None:
    spend = decode(SIGNED, chain=REGTEST)
    assert [[entry.public_key for entry in item.partial_signatures] for item in spend.inputs] == [
        [public_key("buyer")],
        [public_key("buyer")],
    ]


def test_ignores_derivation_hints_of_wallets() -> None:
    hinted = psbts.with_field(PAYOUT, b"\x06" + public_key("buyer"), bytes(8))
    assert decode(hinted, chain=REGTEST) == decode(PAYOUT, chain=REGTEST)


ALTERED: dict[str, tuple[Callable[[], str], str, str]] = {
    "not base64": (lambda: PAYOUT + "*", "psbt_malformed", "/payload/psbt"),
    "not a PSBT": (lambda: psbts.text(b"psbt" + psbts.raw(PAYOUT)[4:-1]), "psbt_malformed", "/payload/psbt"),
    "other magic": (
        lambda: psbts.text(b"pset\xff" + psbts.raw(PAYOUT)[5:]),
        "psbt_malformed",
        "/payload/psbt",
    ),
    "trailing byte": (lambda: psbts.text(psbts.raw(PAYOUT) + b"\x00"), "psbt_malformed", "/payload/psbt"),
    "empty": (lambda: "", "psbt_malformed", "/payload/psbt"),
    "no transaction": (lambda: psbts.text(b"psbt\xff\x00"), "psbt_malformed", "/payload/psbt/global"),
    "global extra": (
        lambda: psbts.text(psbts.raw(PAYOUT)[:5] + b"\x01\xfb\x04\x00\x00\x00\x00" + psbts.raw(PAYOUT)[5:]),
        "psbt_unknown_field",
        "/payload/psbt/global",
    ),
    "signed transaction inside": (
        lambda: psbts.with_input(PAYOUT, lambda item: replace(item, script_sig=b"\x51")),
        "psbt_malformed",
        "/payload/psbt/global",
    ),
    "version 3": (
        lambda: psbts.with_unsigned(PAYOUT, lambda tx: replace(tx, version=3)),
        "psbt_version",
        "/payload/psbt/version",
    ),
    "duplicate input": (
        lambda: psbts.with_input(PAYOUT, lambda item: replace(item, vout=0), index=1),
        "psbt_duplicate_input",
        "/payload/psbt/inputs/1",
    ),
    "proprietary field": (
        lambda: psbts.with_field(PAYOUT, b"\xfc\x01x", b"y"),
        "psbt_unknown_field",
        "/payload/psbt/inputs/0/fc",
    ),
    "taproot field": (
        lambda: psbts.with_field(PAYOUT, b"\x13", bytes(64), index=1),
        "psbt_unknown_field",
        "/payload/psbt/inputs/1/13",
    ),
    "redeem script": (
        lambda: psbts.with_field(PAYOUT, b"\x04", b"\x51"),
        "psbt_unknown_field",
        "/payload/psbt/inputs/0/04",
    ),
    "key data where none belongs": (
        lambda: psbts.with_field(PAYOUT, b"\x03\x00", b"\x01\x00\x00\x00"),
        "psbt_unknown_field",
        "/payload/psbt/inputs/0/03",
    ),
    "final witness": (
        lambda: psbts.with_field(PAYOUT, b"\x08", b"\x01\x00"),
        "psbt_final",
        "/payload/psbt/inputs/0",
    ),
    "no previous transaction": (
        lambda: psbts.with_field(PAYOUT, b"\x00", None),
        "psbt_missing_field",
        "/payload/psbt/inputs/0/previous_transaction",
    ),
    "no previous output": (
        lambda: psbts.with_field(PAYOUT, b"\x01", None),
        "psbt_missing_field",
        "/payload/psbt/inputs/0/previous_output",
    ),
    "no witness script": (
        lambda: psbts.with_field(PAYOUT, b"\x05", None),
        "psbt_missing_field",
        "/payload/psbt/inputs/0/witness_script",
    ),
    "another previous transaction": (
        lambda: psbts.with_field(PAYOUT, b"\x00", funding(escrow_script(), 600_001, 400_000).to_bytes()),
        "psbt_previous_mismatch",
        "/payload/psbt/inputs/0/previous_transaction",
    ),
    "output that does not exist": (
        lambda: psbts.with_input(PAYOUT, lambda item: replace(item, vout=2)),
        "psbt_previous_mismatch",
        "/payload/psbt/inputs/0/previous_transaction",
    ),
    "amount that is a lie": (
        lambda: psbts.with_field(
            PAYOUT, b"\x01", replace(psbts.FUNDING.outputs[0], amount=900_000).to_bytes()
        ),
        "psbt_previous_mismatch",
        "/payload/psbt/inputs/0/previous_output",
    ),
    "another witness script": (
        lambda: psbts.with_field(PAYOUT, b"\x05", OTHER_SCRIPT),
        "psbt_script",
        "/payload/psbt/inputs/0/witness_script",
    ),
    "sighash NONE": (
        lambda: psbts.with_field(PAYOUT, b"\x03", b"\x02\x00\x00\x00"),
        "psbt_sighash",
        "/payload/psbt/inputs/0/sighash",
    ),
    "sighash ANYONECANPAY": (
        lambda: psbts.with_field(PAYOUT, b"\x03", b"\x81\x00\x00\x00", index=1),
        "psbt_sighash",
        "/payload/psbt/inputs/1/sighash",
    ),
    "signature with another sighash": (
        lambda: psbts.with_field(SIGNED, SIGNATURE_KEY, SIGNATURE[:-1] + b"\x03"),
        "psbt_sighash",
        f"/payload/psbt/inputs/0/signatures/{public_key('buyer').hex()}",
    ),
    "signature that is not DER": (
        lambda: psbts.with_field(SIGNED, SIGNATURE_KEY, bytes(70) + b"\x01"),
        "psbt_signature_invalid",
        f"/payload/psbt/inputs/0/signatures/{public_key('buyer').hex()}",
    ),
    "signature of the other input": (
        lambda: psbts.with_field(SIGNED, SIGNATURE_KEY, SIGNATURE, index=1),
        "psbt_signature_invalid",
        f"/payload/psbt/inputs/1/signatures/{public_key('buyer').hex()}",
    ),
    "signature by a key outside the script": (
        lambda: psbts.with_field(SIGNED, b"\x02" + public_key("stranger"), SIGNATURE),
        "psbt_foreign_key",
        f"/payload/psbt/inputs/0/signatures/{public_key('stranger').hex()}",
    ),
    "output without address": (
        lambda: psbts.with_output(PAYOUT, lambda _: TxOutput(0, b"\x6a\x01x"), index=1),
        "unknown_output_script",
        "/payload/psbt/outputs/1",
    ),
    "outputs above inputs": (
        lambda: psbts.with_output(PAYOUT, lambda item: replace(item, amount=1_000_000)),
        "psbt_fee_negative",
        "/payload/psbt/outputs",
    ),
}


@pytest.mark.parametrize("name", ALTERED)
def test_refuses(name: str) -> None:
    make, code, place = ALTERED[name]
    with pytest.raises(InvalidInputError) as refusal:
        decode(make(), chain=REGTEST)
    assert (refusal.value.code, refusal.value.field) == (code, place)


def test_refuses_a_field_that_occurs_twice() -> None:
    sighash = b"\x01\x03\x04\x01\x00\x00\x00"
    with pytest.raises(InvalidInputError, match="twice"):
        decode(psbts.text(psbts.raw(PAYOUT).replace(sighash, sighash * 2, 1)), chain=REGTEST)


def test_refuses_more_than_two_megabytes() -> None:
    with pytest.raises(InvalidInputError, match="too large"):
        decode(psbts.text(bytes(2 * 1024 * 1024 + 1)), chain=REGTEST)


def test_refuses_a_high_s_signature() -> None:
    compact = serialize_compact(der_to_cdata(SIGNATURE[:-1]))
    high = compact[:32] + (ORDER - int.from_bytes(compact[32:], "big")).to_bytes(32, "big")
    altered = psbts.with_field(SIGNED, SIGNATURE_KEY, cdata_to_der(deserialize_compact(high)) + b"\x01")
    with pytest.raises(InvalidInputError, match="low-S") as refusal:
        decode(altered, chain=REGTEST)
    assert refusal.value.code == "psbt_signature_invalid"


@given(st.integers(min_value=0), st.integers(1, 255))
def test_any_changed_byte_is_refused_or_changes_nothing_that_counts(position: int, change: int) -> None:
    data = bytearray(psbts.raw(SIGNED))
    data[position % len(data)] ^= change
    try:
        spend = decode(psbts.text(bytes(data)), chain=REGTEST)
    except InvalidInputError:
        return
    assert spend == decode(SIGNED, chain=REGTEST)


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(InvalidInputError):
        decode(psbts.text(b"psbt\xff" + noise), chain=REGTEST)

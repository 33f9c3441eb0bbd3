"""Collecting signatures and making the final transaction; the consensus code is the judge."""

import itertools

import pytest

from custody.chains.bitcoin.keys import ORDER
from custody.chains.bitcoin.psbt import (
    AlteredError,
    InputSignature,
    add_signature,
    combine,
    decode,
    digests,
    finalize,
    is_complete,
    signatures_of,
)
from custody.chains.bitcoin.transaction import TxOutput
from custody.common.errors import InvalidInputError
from tests.chains import psbts
from tests.harness.bitcoin import REGTEST, is_valid_spend, private_key, public_key, sign

PAYOUT = psbts.payout()
SPENT = list(psbts.FUNDING.outputs)
PAIRS = list(itertools.combinations(("buyer", "merchant", "mediator"), 2))


@pytest.mark.parametrize("pair", PAIRS)
def test_any_two_of_the_three_can_spend(pair: tuple[str, str]) -> None:
    complete = combine(sign(PAYOUT, pair[0]), [sign(PAYOUT, pair[1])], chain=REGTEST)
    transaction = finalize(complete, chain=REGTEST)
    assert transaction.txid == decode(PAYOUT, chain=REGTEST).txid
    assert is_valid_spend(transaction, SPENT)


def test_all_three_signatures_still_make_a_valid_spend() -> None:
    complete = sign(sign(sign(PAYOUT, "mediator"), "merchant"), "buyer")
    transaction = finalize(complete, chain=REGTEST)
    assert [len(item.witness) for item in transaction.inputs] == [4, 4]
    assert is_valid_spend(transaction, SPENT)


def test_the_judge_refuses_another_amount() -> None:
    transaction = finalize(sign(sign(PAYOUT, "buyer"), "merchant"), chain=REGTEST)
    assert not is_valid_spend(transaction, [TxOutput(600_001, SPENT[0].script), SPENT[1]])


@pytest.mark.parametrize("name", ["buyer", "merchant", "mediator"])
def test_one_signature_is_not_enough(name: str) -> None:
    signed = sign(PAYOUT, name)
    assert not is_complete(decode(signed, chain=REGTEST))
    with pytest.raises(InvalidInputError) as refusal:
        finalize(signed, chain=REGTEST)
    assert refusal.value.code == "psbt_incomplete"


def test_a_transaction_signed_for_one_input_only_is_not_complete() -> None:
    both = decode(sign(sign(PAYOUT, "buyer"), "merchant"), chain=REGTEST)
    half = PAYOUT
    for entry in signatures_of(both)[:2]:
        half = add_signature(half, chain=REGTEST, signature=entry)
    assert not is_complete(decode(half, chain=REGTEST))


def test_the_order_of_combining_does_not_matter() -> None:
    first, second = sign(PAYOUT, "buyer"), sign(PAYOUT, "mediator")
    assert combine(first, [second], chain=REGTEST) == combine(second, [first], chain=REGTEST)
    assert combine(PAYOUT, [first, second, first], chain=REGTEST) == combine(first, [second], chain=REGTEST)


def test_a_high_s_signature_of_the_token_is_made_low() -> None:
    digest = digests(decode(PAYOUT, chain=REGTEST))[0]
    low = private_key("mediator").sign_recoverable(digest, hasher=None)[:64]
    high = low[:32] + (ORDER - int.from_bytes(low[32:], "big")).to_bytes(32, "big")
    signed = add_signature(PAYOUT, chain=REGTEST, signature=InputSignature(0, public_key("mediator"), high))
    assert decode(signed, chain=REGTEST).inputs[0].partial_signatures[0].signature == low


def test_a_second_signature_of_the_same_key_changes_nothing() -> None:
    signed = sign(PAYOUT, "buyer")
    assert sign(signed, "buyer") == signed


@pytest.mark.parametrize(
    ("index", "name", "signature", "code"),
    [
        (0, "stranger", bytes(64), "psbt_foreign_key"),
        (2, "buyer", bytes(64), "psbt_signature_invalid"),
        (-1, "buyer", bytes(64), "psbt_signature_invalid"),
        (0, "buyer", bytes(64), "psbt_signature_invalid"),
        (0, "buyer", b"\x01" * 64, "psbt_signature_invalid"),
        (0, "buyer", b"\x01" * 63, "psbt_signature_invalid"),
        (0, "buyer", b"\xff" * 64, "psbt_signature_invalid"),
    ],
)
def test_refuses_a_signature_that_does_not_verify(index: int, name: str, signature: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        add_signature(PAYOUT, chain=REGTEST, signature=InputSignature(index, public_key(name), signature))
    assert refusal.value.code == code


def test_refuses_to_combine_another_transaction() -> None:
    other = psbts.with_output(PAYOUT, lambda item: TxOutput(item.amount - 1, item.script))
    with pytest.raises(AlteredError):
        combine(PAYOUT, [other], chain=REGTEST)

"""A PSBT that came back: what was altered, by name."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from custody.chains.bitcoin.address import script_of
from custody.chains.bitcoin.psbt import (
    AlteredError,
    Payee,
    Spendable,
    build_payout,
    check_same_transaction,
    decode,
    same_transaction,
)
from custody.chains.bitcoin.transaction import TxOutput
from tests.chains import psbts
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST, escrow_script, funding, sign

PAYOUT = psbts.payout()
STRANGE = script_of("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", REGTEST)

ALTERED: dict[str, tuple[Callable[[], str], str, str]] = {
    "amount": (
        lambda: psbts.with_output(PAYOUT, lambda item: replace(item, amount=item.amount - 1)),
        "psbt_amount_altered",
        "psbt/outputs/0/amount",
    ),
    "address": (
        lambda: psbts.with_output(PAYOUT, lambda item: replace(item, script=STRANGE), index=1),
        "psbt_address_altered",
        "psbt/outputs/1/address",
    ),
    "extra output": (
        lambda: psbts.with_extra_output(PAYOUT, TxOutput(1_000, STRANGE)),
        "psbt_output_count_altered",
        "psbt/outputs",
    ),
    "sequence": (
        lambda: psbts.with_input(PAYOUT, lambda item: replace(item, sequence=0), index=1),
        "psbt_sequence_altered",
        "psbt/inputs/1/sequence",
    ),
    "locktime": (
        lambda: psbts.with_unsigned(PAYOUT, lambda tx: replace(tx, locktime=1)),
        "psbt_header_altered",
        "psbt",
    ),
    "version": (
        lambda: psbts.with_unsigned(PAYOUT, lambda tx: replace(tx, version=1)),
        "psbt_header_altered",
        "psbt",
    ),
    "order of outputs": (
        lambda: psbts.with_unsigned(PAYOUT, lambda tx: replace(tx, outputs=tx.outputs[::-1])),
        "psbt_address_altered",
        "psbt/outputs/0/address",
    ),
}


def test_a_signed_copy_is_the_same_transaction() -> None:
    ours, theirs = decode(PAYOUT, chain=REGTEST), decode(sign(PAYOUT, "buyer"), chain=REGTEST)
    assert same_transaction(ours, theirs)
    check_same_transaction(ours, theirs, field="psbt")


@pytest.mark.parametrize("name", ALTERED)
def test_names_what_was_altered(name: str) -> None:
    make, code, place = ALTERED[name]
    given = decode(make(), chain=REGTEST)
    with pytest.raises(AlteredError) as refusal:
        check_same_transaction(decode(PAYOUT, chain=REGTEST), given, field="psbt")
    assert (refusal.value.code, refusal.value.field) == (code, place)


def test_names_a_missing_input() -> None:
    given = build_payout(
        inputs=[Spendable(0, psbts.FUNDING.to_bytes())],
        payees=[Payee(MERCHANT_ADDRESS, 500_000), Payee(BUYER_ADDRESS, 90_000)],
        witness_script=escrow_script(),
        chain=REGTEST,
    )
    with pytest.raises(AlteredError) as refusal:
        check_same_transaction(decode(PAYOUT, chain=REGTEST), decode(given, chain=REGTEST), field="psbt")
    assert (refusal.value.code, refusal.value.field) == ("psbt_input_altered", "psbt/inputs")


def test_names_another_input() -> None:
    other = funding(escrow_script(), 600_000, 400_001)
    given = build_payout(
        inputs=[Spendable(0, other.to_bytes()), Spendable(1, other.to_bytes())],
        payees=[Payee(MERCHANT_ADDRESS, 900_000), Payee(BUYER_ADDRESS, 90_000)],
        witness_script=escrow_script(),
        chain=REGTEST,
    )
    with pytest.raises(AlteredError) as refusal:
        check_same_transaction(decode(PAYOUT, chain=REGTEST), decode(given, chain=REGTEST), field="psbt")
    assert (refusal.value.code, refusal.value.field) == ("psbt_input_altered", "psbt/inputs/0")

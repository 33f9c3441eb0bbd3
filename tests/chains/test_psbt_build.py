"""Building a payout: what cannot be spent or relayed is refused before anybody signs."""

import pytest

from custody.chains.bitcoin.psbt import Payee, Spendable, build_payout, estimated_vsize, finalize
from custody.common.errors import InvalidInputError
from tests.chains import psbts
from tests.harness.bitcoin import BUYER_ADDRESS, MERCHANT_ADDRESS, REGTEST, escrow_script, funding, sign


def build(*payees: Payee, vout: int = 0, script: bytes | None = None) -> str:
    return build_payout(
        inputs=[Spendable(vout, psbts.FUNDING.to_bytes())],
        payees=payees or [Payee(MERCHANT_ADDRESS, 500_000)],
        witness_script=script or escrow_script(),
        chain=REGTEST,
    )


def refusal_of(*payees: Payee, vout: int = 0, script: bytes | None = None) -> tuple[str, str | None]:
    with pytest.raises(InvalidInputError) as refusal:
        build(*payees, vout=vout, script=script)
    return refusal.value.code, refusal.value.field


@pytest.mark.parametrize(
    ("address", "dust"),
    [
        (MERCHANT_ADDRESS, 294),
        ("bcrt1qnwe48kzqwxxfppkpj5dkgvmhe66y6y2hqyazx5xq3w8uaycwalaqy6essh", 330),
        ("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", 546),
        ("2MzQwSSnBHWHqSAqtTVQ6v47XtaisrJa1Vc", 540),
    ],
)
def test_refuses_amounts_that_nodes_do_not_relay(address: str, dust: int) -> None:
    build(Payee(address, dust))
    assert refusal_of(Payee(address, dust - 1)) == ("dust", "payees/0/amount")


def test_names_the_payee_whose_address_is_bad() -> None:
    good = Payee(MERCHANT_ADDRESS, 1_000)
    assert refusal_of(good, Payee("bcrt1qnonsense", 1_000)) == ("bad_address", "payees/1/to")


def test_refuses_an_output_that_does_not_exist() -> None:
    assert refusal_of(vout=2) == ("psbt_previous_mismatch", "inputs/0")


def test_refuses_a_coin_of_another_script() -> None:
    other = escrow_script("buyer", "merchant", "stranger")
    assert refusal_of(script=other) == ("psbt_script", "inputs/0")


def test_refuses_to_pay_more_than_there_is() -> None:
    assert refusal_of(Payee(MERCHANT_ADDRESS, 600_001)) == ("psbt_fee_negative", "psbt/outputs")


@pytest.mark.parametrize("coins", [1, 2, 7])
@pytest.mark.parametrize("payees", [1, 2, 3])
def test_the_estimated_size_is_a_close_upper_bound(coins: int, payees: int) -> None:
    previous = funding(escrow_script(), *[100_000] * coins)
    psbt = build_payout(
        inputs=[Spendable(index, previous.to_bytes()) for index in range(coins)],
        payees=[Payee(BUYER_ADDRESS, 1_000)] * payees,
        witness_script=escrow_script(),
        chain=REGTEST,
    )
    size = finalize(sign(sign(psbt, "buyer"), "merchant"), chain=REGTEST).vsize
    estimated = estimated_vsize(inputs=coins, outputs=payees)
    assert size <= estimated <= size + 15 * payees + coins

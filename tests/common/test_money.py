"""Amounts: integers in base units with one written form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.common.errors import InvalidInputError
from custody.common.money import parse_amount, show_amount, write_amount

LARGEST = 10**78 - 1


@given(st.integers(0, LARGEST))
def test_reads_back_what_it_wrote(amount: int) -> None:
    assert parse_amount(write_amount(amount), field="amount") == amount


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "01", "00", "1.0", "1,0", "1e3", " 1", "1\n", "٣", "1" * 79, 1, 1.0, None, True]
)
def test_refuses_every_other_spelling(text: object) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_amount(text, field="/amount")
    assert (caught.value.code, caught.value.field) == ("bad_amount", "/amount")


@pytest.mark.parametrize("amount", [-1, LARGEST + 1])
def test_never_writes_an_amount_out_of_range(amount: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        write_amount(amount)


@pytest.mark.parametrize(
    ("amount", "decimals", "shown"),
    [
        (990_000, 8, "0,00990000"),
        (0, 8, "0,00000000"),
        (123_456_789, 8, "1,23456789"),
        (-1, 8, "-0,00000001"),
        (17, 0, "17"),
        (-17, 0, "-17"),
        (LARGEST, 18, f"{'9' * 60},{'9' * 18}"),
    ],
)
def test_shows_full_precision(amount: int, decimals: int, shown: str) -> None:
    assert show_amount(amount, decimals=decimals) == shown


def test_shows_a_point_where_asked() -> None:
    assert show_amount(150_000_000, decimals=8, comma=".") == "1.50000000"

"""Ids: a prefix, a ULID, sortable by time."""

from datetime import UTC, datetime, timedelta

import pytest

from custody.common.errors import InvalidInputError
from custody.common.ids import PREFIXES, check_id, new_id

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.mark.parametrize("prefix", sorted(PREFIXES))
def test_makes_ids_that_it_accepts(prefix: str) -> None:
    made = new_id(prefix, at=AT)
    assert check_id(made, prefix, field="id") == made


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id("int", at=AT) for _ in range(100)}) == 100


def test_later_ids_sort_behind() -> None:
    assert new_id("int", at=AT) < new_id("int", at=AT + timedelta(milliseconds=1))


def test_an_unknown_prefix_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="unknown id prefix"):
        new_id("xyz", at=AT)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "int_",
        "int_01KAJ8R000000000000000000",
        "int_01KAJ8R00000000000000000011",
        "int_81KAJ8R0000000000000000001",
        "int_01kaj8r0000000000000000001",
        "int_01KAJ8R000000000000000000I",
        "int_01KAJ8R0000000000000000001\n",
        "deal_01KAJ8R0000000000000000001",
        1,
        None,
    ],
)
def test_refuses_what_is_no_id_of_the_prefix(value: object) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_id(value, "int", field="/id")  # type: ignore[arg-type]  # comes from JSON
    assert (caught.value.code, caught.value.field) == ("bad_id", "/id")

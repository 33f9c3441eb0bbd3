"""The display table shows every field of every form, in both languages, and nothing that does not exist."""

import re
from collections.abc import Iterator
from typing import get_args

import pytest

from custody.chains.bitcoin.networks import NETWORKS
from custody.statements.approval import SubjectFormat
from custody.statements.codecs import AmountCodec, Codec, Flag, OneOf, Pattern, TimeCodec
from custody.statements.display import SUBJECTS, table
from custody.statements.display.formatters import FORMATTERS
from custody.statements.display.table import LANGUAGES, Row
from custody.statements.trust.document import TYPES
from tests.approve.reachable import Field, cases, fields, kinds_of

CASES = cases()
every_case = pytest.mark.parametrize(
    ("format_", "type_"), CASES, ids=[type_ or name for name, type_ in CASES]
)
UNQUOTED = {"id", "hash", "address", "code", "fingerprint"}


def rows_with_codecs(format_: str, type_: str | None) -> Iterator[tuple[Row, Codec]]:
    rows = {row.field: row for row in table.rows_of(format_, type_)}
    for pointer, codec in fields(format_, type_):
        if codec is not None:
            yield rows[pointer], codec


def lists_of_kinds(format_: str, type_: str | None) -> dict[str, dict[str, list[Field]]]:
    """Lists of the subject whose items have fields by their ``kind``."""
    form = TYPES[type_][1] if type_ else SUBJECTS[format_]
    prefix = "/body" if type_ else ""
    return {
        f"{prefix}{pointer}": {
            kind: [(f"{prefix}{field}", codec) for field, codec in found] for kind, found in kinds.items()
        }
        for pointer, kinds in kinds_of(form).items()
    }


def test_every_subject_of_a_statement_is_shown() -> None:
    assert set(SUBJECTS) == set(get_args(SubjectFormat))


@every_case
def test_every_field_has_exactly_one_row_and_every_row_a_field(format_: str, type_: str | None) -> None:
    rows = [row.field for row in table.rows_of(format_, type_) if row.formatter != "list"]
    assert sorted(rows) == sorted({pointer for pointer, _ in fields(format_, type_)})


@every_case
def test_a_row_of_items_with_kinds_is_about_one_kind_or_means_the_same_in_all(
    format_: str, type_: str | None
) -> None:
    """Else a limit of people would be shown in base units, because another rule has a limit of coins."""
    for pointer, kinds in lists_of_kinds(format_, type_).items():
        rows = [row for row in table.rows_of(format_, type_) if row.field.startswith(f"{pointer}/")]
        for kind, found in kinds.items():
            speaking = sorted(row.field for row in rows if row.kind in {None, kind})
            own = {field for field, _ in found}
            assert sorted(own) == [field for field in speaking if field in own], kind
            assert {row.field for row in rows if row.kind == kind} <= own, kind
        for row in rows:
            codecs = [codec for found in kinds.values() for field, codec in found if field == row.field]
            assert row.kind in kinds or len(codecs) > 1 or "/scope/" in row.field, row
            assert row.kind or len({type(codec) for codec in codecs}) == 1, row


@every_case
def test_every_row_speaks_both_languages_by_a_known_formatter(format_: str, type_: str | None) -> None:
    for row in table.rows_of(format_, type_):
        assert row.formatter in FORMATTERS
        assert all(row.label[language].strip() for language in LANGUAGES)
        assert row.absent is None or all(row.absent[language].strip() for language in LANGUAGES)


@every_case
def test_the_fields_of_an_item_stand_behind_its_list_row(format_: str, type_: str | None) -> None:
    opened = ""
    for row in table.rows_of(format_, type_):
        if row.formatter == "list":
            opened = f"{row.field}/"
        assert "*/" not in row.field or row.field.startswith(opened)


@every_case
def test_every_code_of_a_closed_list_has_a_word(format_: str, type_: str | None) -> None:
    for row, codec in rows_with_codecs(format_, type_):
        if isinstance(codec, OneOf):
            assert row.formatter == "code"
            for code in codec.values:
                assert all(table.word(row.words or "", code, language) for language in LANGUAGES), (row, code)


@every_case
def test_free_text_is_quoted_and_values_get_their_own_formatter(format_: str, type_: str | None) -> None:
    for row, codec in rows_with_codecs(format_, type_):
        match codec:
            case AmountCodec():
                assert row.formatter == "amount" or row.field == "/fee/rate_max"
            case TimeCodec():
                assert row.formatter == "time"
            case Flag():
                assert row.formatter == "flag"
            case Pattern() if row.formatter in UNQUOTED:
                assert not re.fullmatch(codec.regex, "a b\u2028c")
                assert not re.fullmatch(codec.regex, "\u0430" * 8)


OF_ONE_CODEC = {"amount": AmountCodec, "time": TimeCodec, "flag": Flag}


@every_case
def test_a_formatter_of_amounts_times_and_flags_shows_nothing_else(format_: str, type_: str | None) -> None:
    for row, codec in rows_with_codecs(format_, type_):
        assert isinstance(codec, OF_ONE_CODEC.get(row.formatter, object)), row


def test_the_coins_are_those_of_the_known_networks() -> None:
    assert set(table.coins()) == {network.asset for network in NETWORKS}
    for network in NETWORKS:
        assert all(table.word("chain", network.chain, language) for language in LANGUAGES)
        assert (table.coins()[network.asset].symbol == "BTC") == (network.name == "mainnet")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_codes_of_a_list_look_the_same(language: table.Language) -> None:
    for name, codes in table._table()["words"].items():
        words = [entry[language] for entry in codes.values()]
        assert len(set(words)) == len(words), name

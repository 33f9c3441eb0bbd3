"""What a subject looks like: the golden texts, and every change of the bytes shows."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.common import canonical
from custody.common.errors import InvalidInputError
from custody.statements.display import SUBJECTS, show, table
from custody.statements.display.formatters import quoted
from custody.statements.display.render import NotShownError
from custody.statements.display.table import LANGUAGES, Language
from custody.statements.trust.document import TYPES
from tests.approve import golden
from tests.approve.golden import NAMES
from tests.approve.reachable import absent, cases, fields
from tests.statements.refusing import refused

every_vector = pytest.mark.parametrize("name", NAMES)
every_language = pytest.mark.parametrize("language", LANGUAGES)
INTENT = golden.subject("intent-transfer")
FIRST, LAST = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2000, 2099))


def changed(subject: bytes, **changes: Any) -> bytes:
    return canonical.encode(json.loads(subject) | changes)


def text_of(subject: bytes, language: Language = "en") -> str:
    return show(subject, language=language).text


@every_vector
@every_language
def test_golden_text(name: str, language: Language) -> None:
    assert golden.rendered(name, language) == golden.text_file(name, language).read_text(encoding="utf-8")


@every_vector
def test_the_hash_is_the_documents_own_and_stands_last(name: str) -> None:
    vector = golden.load(name)
    shown = show(vector["bytes"].encode(), language="de")
    assert shown.document.hash == vector["hash"]
    assert shown.text.splitlines()[-1].replace(" ", "") == f"Hash:{vector['hash']}"


def test_every_kind_of_subject_has_a_vector() -> None:
    documents = [json.loads(golden.subject(name)) for name in NAMES]
    assert {item["type"] for item in documents if "type" in item} == set(TYPES)
    assert {item["format"] for item in documents} == set(SUBJECTS)
    kinds = {item.get("kind") for item in documents}
    assert {"TRANSFER", "SWEEP", "ESCROW_PAYOUT"} <= kinds


# A Safe has no one-time keys; the form of its wallet has the field all the same.
NEVER: dict[tuple[str, str | None], list[str]] = {("custody/trust/v1", "KEY_TEMPLATE"): ["/body/wallet/safe"]}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case[1] or case[0])
def test_every_field_of_every_subject_occurs_in_a_vector(case: tuple[str, str | None]) -> None:
    """What is in no golden text, nobody has seen."""
    documents = [json.loads(golden.subject(name)) for name in NAMES]
    of_case = [item for item in documents if (item["format"], item.get("type")) == case]
    assert absent(fields(*case), of_case) == NEVER.get(case, [])


@every_vector
def test_every_changed_value_changes_the_text_besides_the_hash(name: str) -> None:
    """Every byte is flipped; what still is a subject must read differently, not only hash differently."""
    subject = golden.subject(name)
    before = text_of(subject).splitlines()[:-1]
    for position in range(len(subject)):
        other = bytearray(subject)
        other[position] ^= 0x01
        try:
            after = text_of(bytes(other))
        except InvalidInputError:
            continue
        assert after.splitlines()[:-1] != before, (position, other)


def test_a_field_without_a_row_makes_the_rendering_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = table.rows_of("custody/intent/v1")
    for index, row in enumerate(rows):
        if row.formatter == "list" or row.field.startswith("/payees/*/call") or row.field == "/source/terms":
            continue
        without = (*rows[:index], *rows[index + 1 :])
        monkeypatch.setattr(table, "rows_of", lambda *_, without=without: without)
        with pytest.raises(NotShownError) as caught:
            text_of(INTENT)
        assert (caught.value.field or "").startswith(row.field.partition("*")[0])


def test_an_empty_object_that_no_row_explains_makes_it_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = tuple(row for row in table.rows_of("custody/trust/v1", "KILL") if row.field != "/body/key")
    monkeypatch.setattr(table, "rows_of", lambda *_: rows)
    with refused("/body", "not_shown"):
        text_of(golden.subject("trust-kill"))


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        (b"", "", "not_canonical"),
        (b"[]", "", "invalid_input"),
        (b"{}", "/format", "bad_field"),
        (b'{"format":"custody/terms/v1"}', "/format", "bad_field"),
        (b'{"format":"custody/intent/v1"}', "/id", "bad_field"),
        (INTENT + b"\n", "", "not_canonical"),
        (INTENT[:-1] + b',"zz":"x"}', "/zz", "bad_field"),
        (b'{"format":"custody/policy/v1","rules":[' + b" " * canonical.MAX_DOCUMENT, "", "not_canonical"),
    ],
    ids=["nothing", "list", "empty", "not a subject", "incomplete", "line end", "unknown field", "too large"],
)
def test_refuses_bytes_that_are_no_subject(data: bytes, field: str, code: str) -> None:
    with refused(field, code):
        text_of(data)


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u200f", "\n", "\x1b", "\x7f", "\u0085"])
def test_refuses_control_and_bidirectional_characters(character: str) -> None:
    trust = json.loads(golden.subject("trust-hold"))
    data = json.dumps(
        trust | {"reason": f"a{character}b"}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    with refused("/reason", "not_canonical"):
        text_of(data.encode())


def test_an_unknown_code_is_called_unknown() -> None:
    text = text_of(changed(golden.subject("decision"), reasons=["SOMETHING_NEW"]))
    assert "Reason: unknown (SOMETHING_NEW)\n" in text


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-29T00:59:59Z", "2026-03-29 00:59:59 UTC = 2026-03-29 01:59:59 Europe/Berlin"),
        ("2026-03-29T01:00:00Z", "2026-03-29 01:00:00 UTC = 2026-03-29 03:00:00 Europe/Berlin"),
        ("2026-10-25T00:59:59Z", "2026-10-25 00:59:59 UTC = 2026-10-25 02:59:59 Europe/Berlin"),
        ("2026-10-25T01:00:00Z", "2026-10-25 01:00:00 UTC = 2026-10-25 02:00:00 Europe/Berlin"),
        ("2099-12-31T23:30:00Z", "2099-12-31 23:30:00 UTC = 2100-01-01 00:30:00 Europe/Berlin"),
        ("1999-12-31T23:59:59Z", "1999-12-31 23:59:59 UTC"),
        ("0001-01-01T00:00:00Z", "0001-01-01 00:00:00 UTC"),
        ("9999-12-31T23:59:59Z", "9999-12-31 23:59:59 UTC"),
    ],
)
def test_times_in_utc_and_berlin(at: str, expected: str) -> None:
    assert f"Valid until: {expected}\n" in text_of(changed(INTENT, expires_at=at))


@given(st.integers(min_value=0, max_value=10**78 - 1))
def test_an_amount_is_shown_with_all_its_digits(amount: int) -> None:
    text = text_of(changed(INTENT, payees=[json.loads(INTENT)["payees"][1] | {"amount": str(amount)}]))
    (shown,) = re.findall(r"  Amount: ([0-9]+)\.([0-9]{8}) Test-BTC \(([0-9]+) base units\)\n", text)
    assert int(shown[0] + shown[1]) == int(shown[2]) == amount
    assert str(int(shown[0])) == shown[0]


@given(st.text())
def test_a_quoted_text_is_one_line_of_harmless_characters_and_can_be_read_back(value: str) -> None:
    shown = quoted(value)
    assert len(shown.splitlines()) == 1
    assert all(ord(character) < 0x180 or character in "–—‘’‚‛“”„…€" for character in shown)
    assert shown[0] == shown[-1] == '"'
    pattern = r'\\u\{([0-9a-f]+)\}|\\(["\\])'
    inner = re.sub(pattern, lambda found: found[2] or chr(int(found[1], 16)), shown[1:-1])
    assert inner == value


@given(st.integers(FIRST, LAST))
def test_berlin_is_one_or_two_hours_ahead(seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, tz=UTC)
    text = text_of(changed(INTENT, expires_at=f"{at:%Y-%m-%dT%H:%M:%SZ}"))
    (utc, berlin) = re.findall(r"Valid until: (.{19}) UTC = (.{19}) Europe/Berlin\n", text)[0]
    ahead = datetime.fromisoformat(berlin) - datetime.fromisoformat(utc)
    assert ahead.total_seconds() in {3600, 7200}

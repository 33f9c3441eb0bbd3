"""What the custodian reads before confirming: every field of every kind of request, from its bytes."""

from collections.abc import Iterator
from typing import Any

import pytest

from custody.common.ids import new_id
from custody.hsm.signer.kinds.registry import KINDS
from custody.hsm.signer.offline import shown
from custody.hsm.signer.offline.counter import Counter
from custody.hsm.signer.offline.opened import OPENERS, opened, plain
from custody.statements.critical import Critical
from custody.statements.display import NotShownError, table
from custody.statements.display.formatters import FORMATTERS
from custody.statements.display.table import LANGUAGES, Language
from custody.statements.form import Form
from custody.statements.one_time import DestroyKeyPayload, MakeKeyPayload
from custody.statements.request import Payload, Request, SpendPayload
from custody.statements.terms import SignedTerms
from tests.approve.reachable import fields_of
from tests.faults.crash.ground import Ground
from tests.faults.crash.subjects import SUBJECTS
from tests.offline.conftest import counter_of
from tests.signer import releases
from tests.signer.bench import Bench
from tests.signer.genesis import INSTANCE
from tests.signer.house import wallet_id
from tests.statements.examples import AT

DEAL = "deal_01KAJ8P0000000000000000007"
# Shown decoded, or like any subject that people approve.
OTHERWISE = {"BTC_SPEND", "CRITICAL", "TERMS", "TRUST"}
PAYLOADS: dict[str, type[Form]] = Payload.__metadata__[0].forms  # type: ignore[attr-defined]


def pointers(name: str) -> list[str]:
    return sorted(row.field for row in table.carried_rows(name) or () if row.formatter != "list")


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - OTHERWISE - OPENERS.keys()))
def test_every_field_of_a_payload_has_exactly_one_row_and_every_row_a_field(kind: str) -> None:
    assert pointers(kind) == sorted({pointer for pointer, _ in fields_of(PAYLOADS[kind])})


def test_every_field_of_signed_terms_has_exactly_one_row() -> None:
    assert pointers("custody/terms/v1") == sorted({pointer for pointer, _ in fields_of(SignedTerms)})


def test_every_other_field_of_a_request_has_exactly_one_row() -> None:
    own = {pointer for pointer, _ in fields_of(Request) if pointer.split("/")[1] not in shown.ELSEWHERE}
    assert pointers("custody/request/v1") == sorted(own)


def test_every_kind_has_rows_or_is_a_subject() -> None:
    assert {kind for kind in KINDS if table.carried_rows(kind) is None} == OTHERWISE


def test_every_row_speaks_both_languages_by_a_known_formatter() -> None:
    for name in table._table()["carried"]:
        for row in table.carried_rows(name) or ():
            assert row.formatter in FORMATTERS
            assert all(row.label[language].strip() for language in LANGUAGES)


def requests_of(ground: Ground) -> Iterator[Request]:
    """One request of every kind that could be carried here."""
    for name, subject in SUBJECTS.items():
        if name.partition(" ")[0] in KINDS:
            yield from subject.make(ground)
    for kind, payload in (
        ("KEY_MAKE", MakeKeyPayload(wallet=wallet_id(7), index=3, ref=DEAL)),
        ("KEY_DESTROY", DestroyKeyPayload(ref=DEAL)),
    ):
        key = ground.accounts.key if kind == "KEY_DESTROY" else None
        request_id = new_id("req", at=ground.bench.hands.now)
        yield Request(id=request_id, instance=INSTANCE, kind=kind, key=key, payload=payload)  # type: ignore[arg-type]


def leaves(value: object) -> Iterator[str]:
    match value:
        case dict():
            for item in value.values():
                yield from leaves(item)
        case list():
            for item in value:
                yield from leaves(item)
        case bool():
            return
        case _:
            yield str(value)


def wanted(request: Request, counter: Counter) -> Iterator[str]:
    """Every value that a custodian must find, as it stands in the bytes or in what they decode to."""
    parts: list[Any] = [request.id, request.key or "", request.instance]
    parts += [request.intent.to_json()] if request.intent else []
    parts += [item.document.to_json() for item in request.documents]
    if request.payload is not None and not isinstance(request.payload, SpendPayload):
        is_subject = isinstance(request.payload, Critical)
        at = counter.look(request.to_bytes()).at
        parts.append(request.payload.to_json() if is_subject else opened(request, at=at))
    for value in leaves(parts):
        is_time = len(value) == 20 and value.endswith("Z") and value[10] == "T"
        yield f"{value[:10]} {value[11:19]}UTC" if is_time else value


def without_spaces(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_of_every_kind_is_shown(bench: Bench, language: Language) -> None:
    ground, counter = Ground.prepare(bench), counter_of(bench)
    missing: dict[str, list[str]] = {}
    kinds = set()
    for request in requests_of(ground):
        kinds.add(request.kind)
        text = without_spaces(shown.text(counter.look(request.to_bytes()), language=language))
        assert without_spaces(shown.WORDS["unreadable"][language]) not in text, request.kind
        absent = [value for value in wanted(request, counter) if without_spaces(value) not in text]
        missing |= {request.kind: absent} if absent else {}
    assert missing == {}
    assert kinds == set(KINDS)


def lines_of(bench: Bench, request: Request) -> list[str]:
    return shown.text(counter_of(bench).look(request.to_bytes()), language="en").splitlines()


def test_a_release_is_shown_with_its_seal(bench: Bench) -> None:
    lines = lines_of(bench, releases.Releases(bench).request())
    assert "Certificate: RELEASED" in lines
    assert f'Attribute message_digest: "{releases.DIGEST.hex()}"' in lines
    assert "Report: R3" in lines
    assert sum(" says APPROVE" in line for line in lines) == 2


def test_signed_attributes_that_nobody_can_read_are_called_so_and_refused(bench: Bench) -> None:
    lines = lines_of(bench, releases.seal_request(bench, b"\x31\x03\x02\x01\x00"))
    assert "The bytes cannot be read." in lines
    assert any(line.startswith("WILL BE REFUSED: not_cms_attributes") for line in lines)


def test_a_certificate_request_is_shown_by_its_subject(bench: Bench) -> None:
    request = next(iter(SUBJECTS["CSR"].make(_Only(bench))))  # type: ignore[arg-type]
    names = opened(request, at=bench.hands.now)["certification_request_info"]["subject"]
    lines = lines_of(bench, request)
    for name, value in names.items():
        assert f'Field subject {name}: "{value}"' in lines


class _Only:
    """A ground of which nothing but the bench is used."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench


def test_a_kind_that_nothing_says_how_to_show_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = bench.checkpoint(["11" * 32])
    monkeypatch.setattr(table, "carried_rows", lambda name: None if name == "CHECKPOINT" else _rows(name))
    with pytest.raises(NotShownError):
        lines_of(bench, request)


_rows = table.carried_rows


def test_a_field_without_a_row_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    request = bench.checkpoint(["11" * 32])
    monkeypatch.setattr(table, "carried_rows", lambda name: (_rows(name) or ())[1:])
    with pytest.raises(NotShownError):
        lines_of(bench, request)


def test_plain_values_leave_out_what_is_absent() -> None:
    value = {"a": b"\x01", "b": None, "c": [AT, frozenset({"y", "x"})], "d": True}
    assert plain(value) == {"a": "01", "c": [str(AT), ["x", "y"]], "d": True}

"""The same bytes get the same answer for ever, whatever happened to the rows outside."""

from dataclasses import replace
from typing import get_args

import pytest

from custody.hsm.signer.case import Message
from custody.hsm.signer.kinds.registry import KINDS
from custody.hsm.signer.store import journal, models
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.statements.request import RequestKind
from custody.statements.result import Result
from tests.signer.bench import MERCHANT_PAYOUT, Bench, deposit, payout


def entries() -> int:
    return models.Entry.objects.count()


def test_emits_a_lost_result_again(bench: Bench) -> None:
    """A hostile database may delete the result row; the answer comes from the journal."""
    request = bench.spend(bench.register())
    first = bench.signer.handle(request.id, request.to_bytes())
    before = entries()
    bench.hands.pass_by(days=30)
    assert bench.signer.handle(request.id, request.to_bytes()) == first
    assert entries() == before


def test_keeps_a_refusal_although_the_reason_is_gone(bench: Bench) -> None:
    terms = bench.terms()
    request = bench.spend(terms)
    first = bench.handle(request)
    assert first.rule == "terms_unknown"
    bench.register(terms)
    assert bench.handle(request) == first


def test_keeps_a_registration(bench: Bench) -> None:
    request = bench.terms_request()
    assert bench.handle(request) == bench.handle(request)


def test_refuses_other_bytes_under_a_known_id(bench: Bench) -> None:
    terms = bench.register()
    request = bench.spend(terms)
    bench.handle(request)
    psbt = payout(terms, MERCHANT_PAYOUT, deposits=((deposit(terms, 995_000), 0),))
    other = replace(bench.spend(terms, psbt=psbt), id=request.id)
    result = bench.handle(other)
    assert (result.outcome, result.rule, result.culprit) == ("REFUSED", "request_changed", "/id")


def test_refuses_the_bytes_of_another_row(bench: Bench) -> None:
    request = bench.spend(bench.register())
    result = bench.handle_bytes("req_01KAJ8W0000000000000000009", request.to_bytes())
    assert (result.outcome, result.rule, result.culprit) == ("REFUSED", "foreign_request_id", "/id")


def test_refuses_bytes_that_are_no_request(bench: Bench) -> None:
    result = bench.handle_bytes("req_01KAJ8W0000000000000000009", b"\xff\xfe")
    assert (result.outcome, result.rule, result.culprit) == ("REFUSED", "not_canonical", "")


def test_refuses_a_duplicate_key(bench: Bench) -> None:
    data = bench.terms_request().to_bytes()
    doubled = data.replace(b'"kind":"TERMS"', b'"kind":"TERMS","kind":"TERMS"')
    result = bench.handle_bytes("req_01KAJ8W0000000000000000009", doubled)
    assert (result.outcome, result.rule) == ("REFUSED", "not_canonical")


def test_refuses_a_request_above_the_limit(bench: Bench) -> None:
    result = bench.handle_bytes("req_01KAJ8W0000000000000000009", b" " * (4 * 1024 * 1024 + 1))
    assert (result.outcome, result.rule) == ("REFUSED", "not_canonical")


def test_refuses_a_kind_nobody_registered(bench: Bench) -> None:
    assert set(KINDS) == set(get_args(RequestKind))
    data = bench.terms_request().to_bytes().replace(b'"kind":"TERMS"', b'"kind":"EVM_TX"')
    result = bench.handle_bytes("req_01KAJ8W0000000000000000009", data)
    assert (result.outcome, result.rule, result.culprit) == ("REFUSED", "bad_field", "/kind")


def test_a_kind_without_rules_grants_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "TERMS", replace(KINDS["TERMS"], rules=()))
    result = bench.handle(bench.terms_request())
    assert (result.outcome, result.rule) == ("REFUSED", "no_rules")


def test_releases_no_signature_that_the_bytes_do_not_ask_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pass two decodes anew; should it see anything else than pass one, the signer stops."""
    request = bench.spend(bench.register())
    kind = KINDS["BTC_SPEND"]
    other = (Message(0, "btc:" + "00" * 32 + ":0", bytes(32)),)
    monkeypatch.setitem(KINDS, "BTC_SPEND", replace(kind, messages=lambda case: other))
    with pytest.raises(StoreStoppedError):
        bench.handle(request)
    assert [entry.kind for entry in journal.of_request(request.hash)] == ["SEEN", "SIGN"]


def test_a_promise_that_no_rule_kept_is_kept_by_the_store(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = bench.register()
    bench.handle(bench.spend(terms))
    kind = KINDS["BTC_SPEND"]
    monkeypatch.setitem(KINDS, "BTC_SPEND", replace(kind, rules=kind.rules[:1]))
    result = bench.handle(bench.spend(terms, intent=bench.intent(terms)))
    assert (result.outcome, result.rule) == ("REFUSED", "promise_broken")


def test_each_entry_travels_in_exactly_one_result(bench: Bench) -> None:
    results: list[Result] = [bench.handle(bench.terms_request())]
    bench.signer.refuse_message("unknown_task", "celery.backend_cleanup")
    results.append(bench.handle(bench.checkpoint(["11" * 32])))
    reported = [entry.seq for result in results for entry in result.entries]
    assert reported == list(range(entries()))


def test_a_refused_message_is_journalled(bench: Bench) -> None:
    bench.handle(bench.terms_request())
    bench.signer.refuse_message("unknown_task", "os.system")
    result = bench.handle(bench.checkpoint(["11" * 32]))
    assert result.entries[0].kind == "REFUSED"
    assert result.entries[0].body == {"rule": "unknown_task", "task": "os.system"}


def test_a_result_names_the_head_it_left_behind(bench: Bench) -> None:
    result = bench.handle(bench.terms_request())
    assert (result.head.seq, result.head.hash) == (result.entries[-1].seq, result.entries[-1].hash)

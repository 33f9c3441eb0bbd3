"""The same bytes get the same answer for ever, whatever happened to the rows outside."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import get_args

import pytest

from custody.hsm.signer.answers import answer
from custody.hsm.signer.case import Message
from custody.hsm.signer.kinds.registry import KINDS
from custody.hsm.signer.store import journal, models
from custody.hsm.signer.store.errors import StoreStoppedError
from custody.hsm.signer.store.journal import Draft
from custody.hsm.signer.store.store import Store
from custody.hsm.signer.work import Work
from custody.hsm.token import ec
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
    data = bench.terms_request().to_bytes().replace(b'"kind":"TERMS"', b'"kind":"ORACLE"')
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


def test_a_flood_of_messages_travels_with_the_next_result(bench: Bench) -> None:
    """Whoever owns the broker can send any number; a result that grew too long was never told."""
    bench.handle(bench.terms_request())
    signer, request = bench.signer, bench.checkpoint(["11" * 32])
    for number in range(500):
        signer.refuse_message("unknown_task", f"{number:0100d}")
        signer.refuse_message("malformed_message", "")
    result = Result.from_bytes(signer.handle(request.id, request.to_bytes()))
    assert result.outcome == "SIGNED"
    assert [entry.body for entry in result.entries[:21]] == [
        {"rule": "unknown_task", "task": "0" * 100},
        {"rule": "malformed_message", "task": ""},
        *({"rule": "unknown_task", "task": f"{number:0100d}"} for number in range(1, 19)),
        {"rule": "messages_left_out", "count": 980},
    ]
    assert [entry.kind for entry in result.entries[21:]] == ["SEEN", "SIGN", "SIGNED"]


def test_counts_the_messages_left_out_once(bench: Bench) -> None:
    signer = bench.signer
    for _ in range(3):
        signer.refuse_message("unknown_task", "os.system")
    for _ in range(2):
        request = bench.checkpoint(["11" * 32])
        signer.handle(request.id, request.to_bytes())
    bodies = [entry.body for entry in journal.of_request("") if entry.kind == "REFUSED"]
    assert bodies == [
        {"rule": "unknown_task", "task": "os.system"},
        {"rule": "messages_left_out", "count": 2},
    ]


def test_keeps_the_count_when_the_decision_is_not_committed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer, request = bench.signer, bench.terms_request()
    for _ in range(2):
        signer.refuse_message("unknown_task", "os.system")

    def stumbling(*_: object, **__: object) -> None:
        raise RuntimeError("the process is about to end")

    with monkeypatch.context() as broken:
        broken.setattr("custody.hsm.signer.signer.decide", stumbling)
        with pytest.raises(RuntimeError):
            signer.handle(request.id, request.to_bytes())
    result = Result.from_bytes(signer.handle(request.id, request.to_bytes()))
    assert [entry.body.get("count") for entry in result.entries][-3:] == [1, None, None]


def test_a_suspension_is_reported_although_its_request_has_reported_a_failure(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request reports a failure once; the suspension found later travels with the next request."""
    request = bench.spend(bench.register())
    with monkeypatch.context() as broken:
        broken.setattr(ec, "sign", lambda *_, **__: b"\x01" * 64)
        assert [entry.kind for entry in bench.handle(request).entries] == ["SEEN", "SIGN"]
    (suspension, *_) = bench.handle(bench.checkpoint(["11" * 32])).entries
    assert (suspension.kind, suspension.body["key"]) == ("KEY", bench.key("mediator").id)
    assert suspension.body["state"] == "SUSPENDED"


@dataclass
class Play:
    """A journal written by hand: entries of requests in any order, and entries of none between them."""

    store: Store
    at: datetime
    requests: int = 0

    def write(self, step: str) -> None:
        """``.``: an entry of no request; ``+``: a new request; ``1`` or ``2``: a further entry of it."""
        if step == ".":
            self.store.append([Draft("HEAD", {})], at=self.at)
        elif step == "+":
            self.requests += 1
            body = {"request": f"req_{self.requests}", "request_hash": f"{self.requests:064x}"}
            self.store.append([Draft("SEEN", body)], at=self.at, request_hash=body["request_hash"])
        elif int(step) <= self.requests:
            self.store.append([Draft("HEAD", {})], at=self.at, request_hash=f"{int(step):064x}")

    def reported(self) -> list[int]:
        """Sequence numbers in all results, as ``answer`` puts them there."""
        works = [Work("", b"", key, journal.of_request(key)) for key in self._keys()]
        return [entry.seq for work in works for entry in answer(work).entries]

    def _keys(self) -> list[str]:
        return [f"{number:064x}" for number in range(1, self.requests + 1)]


def test_every_entry_travels_in_exactly_one_result_whatever_their_order(bench: Bench) -> None:
    for steps in product(".+12", repeat=5):
        with suppress(_UndoneError), bench.store.transaction():
            play = Play(bench.store, bench.hands.now)
            for step in (*steps, "+"):
                play.write(step)
            assert sorted(play.reported()) == list(range(entries())), steps
            raise _UndoneError


class _UndoneError(Exception):
    """Takes the entries of one play back."""


def test_a_result_names_the_head_it_left_behind(bench: Bench) -> None:
    result = bench.handle(bench.terms_request())
    assert (result.head.seq, result.head.hash) == (result.entries[-1].seq, result.entries[-1].hash)

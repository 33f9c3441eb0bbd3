"""Many requests through one commit: the same answers as one by one, and one sync of the head."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from custody.common import canonical
from custody.hsm.signer.store import journal
from custody.hsm.token.errors import TokenUnavailableError
from custody.statements.request import Request
from custody.statements.result import Head, Result
from tests.signer.bench import Bench
from tests.signer.deals import many_spends

Outcome = tuple[str, str | None]


@pytest.fixture
def drain(bench: Bench) -> Callable[[list[Request]], list[Outcome]]:
    def run(requests: list[Request]) -> list[Outcome]:
        bodies = bench.signer.handle_all([(request.id, request.to_bytes()) for request in requests])
        return [(result.outcome, result.rule) for result in map(Result.from_bytes, bodies)]

    return run


def test_all_are_signed_through_one_sync_of_the_head(
    bench: Bench, drain: Callable[[list[Request]], list[Outcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = many_spends(bench, 5)
    heads: list[Head] = []
    advance = bench.store.head_file.advance

    def counted(head: Head) -> None:
        heads.append(head)
        advance(head)

    monkeypatch.setattr(bench.store.head_file, "advance", counted)
    assert drain(requests) == [("SIGNED", None)] * 5
    # The head names the last promise; the signatures themselves follow with the next request.
    (head,) = heads
    named = journal.of_request(canonical.tagged_hash(Request.FORMAT, requests[-1].to_bytes()).hex())
    assert [entry.seq for entry in named if entry.kind == "SIGN"] == [head.seq]


def test_a_refusal_among_them_harms_nobody(
    bench: Bench, drain: Callable[[list[Request]], list[Outcome]]
) -> None:
    first, second, third = many_spends(bench, 3)
    foreign = replace(second, key=bench.key("seal").id)
    assert drain([first, foreign, third]) == [
        ("SIGNED", None),
        ("REFUSED", "wrong_key_purpose"),
        ("SIGNED", None),
    ]


def test_each_is_decided_on_what_those_before_it_left(
    bench: Bench, drain: Callable[[list[Request]], list[Outcome]]
) -> None:
    """Two intents for one coin in one wake: the second one is too late."""
    terms = bench.register()
    first, second = bench.spend(terms), bench.spend(terms)
    assert drain([first, second]) == [("SIGNED", None), ("REFUSED", "slot_already_signed")]


def test_a_known_request_among_them_gets_its_answer_again(
    bench: Bench, drain: Callable[[list[Request]], list[Outcome]]
) -> None:
    first, second = many_spends(bench, 2)
    before = bench.handle(first).to_bytes()
    drained = bench.signer.handle_all([(item.id, item.to_bytes()) for item in (first, second, first)])
    assert drained[0] == drained[2] == before
    assert Result.from_bytes(drained[1]).outcome == "SIGNED"


def test_a_dead_token_is_asked_once_for_all(
    bench: Bench, drain: Callable[[list[Request]], list[Outcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    requests, asked = many_spends(bench, 3), []

    def gone(*args: object) -> bytes:
        asked.append(args)
        raise TokenUnavailableError("gone")

    with monkeypatch.context() as dead:
        dead.setattr(bench.token, "make", gone)
        assert drain(requests) == [("FAILED", "token_unavailable")] * 3
    assert len(asked) == 1
    assert drain(requests) == [("SIGNED", None)] * 3

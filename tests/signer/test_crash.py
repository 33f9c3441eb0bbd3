"""kill -9 at each step of the signing order; the same bytes then go on with the same digests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from custody.audit.checkpoints import read_checkpoints
from custody.hsm.signer.keys import SigningToken
from custody.hsm.signer.signer import Step
from custody.hsm.signer.store import journal, models
from custody.statements.request import Request
from custody.statements.store_entry import StoreEntry
from tests.signer.bench import Bench
from tests.signer.death import die_at

SIGNING_STEPS = [
    Step.DECIDED,
    Step.COMMITTED,
    Step.HEAD_ADVANCED,
    Step.MADE,
    Step.VERIFIED,
    Step.SIGNED_COMMITTED,
]
# What the journal holds of the request after the death at each step.
LEFT_BEHIND = {
    Step.DECIDED: [],
    Step.COMMITTED: ["SEEN", "SIGN"],
    Step.HEAD_ADVANCED: ["SEEN", "SIGN"],
    Step.MADE: ["SEEN", "SIGN"],
    Step.VERIFIED: ["SEEN", "SIGN"],
    Step.SIGNED_COMMITTED: ["SEEN", "SIGN", "SIGNED"],
    Step.PUBLISHED: ["SEEN", "SIGN", "SIGNED"],
}


@pytest.fixture
def dies_at(bench: Bench, tmp_path: Path) -> Callable[[Step, Request], Bench]:
    """Let another process die at a step over a request; return a new signer on what it left."""
    return lambda step, request: die_at(bench, step, request, folder=tmp_path)


def journal_of(request: Request) -> list[StoreEntry]:
    return list(journal.of_request(request.hash))


@pytest.mark.parametrize("step", SIGNING_STEPS)
def test_a_spend_goes_on_after_death(
    bench: Bench, dies_at: Callable[[Step, Request], Bench], step: Step
) -> None:
    request = bench.spend(bench.register())
    survivor = dies_at(step, request)
    left = journal_of(request)
    assert [entry.kind for entry in left] == LEFT_BEHIND[step]
    result = survivor.handle(request)
    assert result.outcome == "SIGNED"
    entries = journal_of(request)
    assert [entry.kind for entry in entries] == ["SEEN", "SIGN", "SIGNED"]
    assert entries[: len(left)] == left
    assert models.Slot.objects.count() == 1
    survivor.close()


def test_a_registration_goes_on_after_death(bench: Bench, dies_at: Callable[[Step, Request], Bench]) -> None:
    request = bench.terms_request()
    survivor = dies_at(Step.COMMITTED, request)
    assert survivor.handle(request).outcome == "RECORDED"
    assert [entry.kind for entry in journal_of(request)] == ["SEEN", "TERMS"]
    survivor.close()


@pytest.mark.parametrize("step", [Step.HEAD_ADVANCED, Step.SIGNED_COMMITTED, Step.PUBLISHED])
def test_a_checkpoint_is_published_once(
    bench: Bench, dies_at: Callable[[Step, Request], Bench], step: Step
) -> None:
    request = bench.checkpoint(["11" * 32])
    survivor = dies_at(step, request)
    assert [entry.kind for entry in journal_of(request)] == LEFT_BEHIND[step]
    assert survivor.handle(request).outcome == "SIGNED"
    published = read_checkpoints(bench.directory / "public" / "checkpoints.jsonl")
    assert [item.checkpoint.position for item in published] == [1]
    survivor.close()


def test_a_promise_made_before_death_binds_other_requests(
    bench: Bench, dies_at: Callable[[Step, Request], Bench]
) -> None:
    """Dead after the commit and before the token: no other transaction gets the slot."""
    terms = bench.register()
    survivor = dies_at(Step.COMMITTED, bench.spend(terms))
    other = survivor.spend(terms, intent=survivor.intent(terms))
    assert survivor.handle(other).rule == "slot_already_signed"
    survivor.close()


def test_the_lock_of_a_dead_process_is_free(
    bench: Bench, dies_at: Callable[[Step, Request], Bench], token: SigningToken
) -> None:
    survivor = dies_at(Step.MADE, bench.spend(bench.register()))
    survivor.close()
    Bench(bench.directory, token, bench.hands).close()

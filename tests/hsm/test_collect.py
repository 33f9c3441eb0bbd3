"""Collecting answers: mirrored once, recorded once, handed on, also after a failure in between."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from custody.audit.models import AuditEntry
from custody.hsm import checkpoints, selectors, services
from custody.hsm.models import Checkpoint, CollectedResult, JournalEntry, SigningKey, SigningRequest
from tests.hsm.conftest import Enqueued
from tests.hsm.desk import AT, answer, checkpoint_body, journal, request_checkpoint

Run = Callable[[Callable[[], object]], Enqueued]


def collect(request: SigningRequest) -> bool:
    return services.collect_result(request_id=request.id, at=AT)


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


def test_says_that_there_is_no_answer_yet(desk: None) -> None:
    assert not collect(request_checkpoint())


def test_mirrors_the_journal_and_hands_on(desk: None, enqueued: Run) -> None:
    request = request_checkpoint()
    entries = journal(request, ("SEEN", checkpoint_body()), ("SIGN", {"slots": []}))
    answer(request, "SIGNED", *entries)
    sent = enqueued(lambda: collect(request))
    assert ("hsm.apply_checkpoint", {"request_id": request.id}) in sent
    mirrored = JournalEntry.objects.order_by("seq").values_list("seq", "hash", "kind", "request")
    assert list(mirrored) == [(entry.seq, entry.hash, entry.kind, request.id) for entry in entries]
    assert verbs()[1:] == ["hsm.journal.mirrored", "hsm.journal.mirrored", "hsm.signing.signed"]
    assert set(AuditEntry.objects.values_list("stream", flat=True)) == {"signing"}


def test_twice_is_once(desk: None) -> None:
    request = request_checkpoint()
    answer(request, "SIGNED", *journal(request, ("SEEN", checkpoint_body())))
    assert collect(request)
    before = verbs()
    assert collect(request)
    assert verbs() == before
    assert CollectedResult.objects.count() == 1


def test_a_refusal_is_recorded_with_its_rule_and_handed_on(desk: None, enqueued: Run) -> None:
    request = request_checkpoint()
    answer(request, "REFUSED", *journal(request, ("REFUSED", {})), rule="not_the_next_position")
    sent = enqueued(lambda: collect(request))
    assert ("hsm.apply_checkpoint", {"request_id": request.id}) in sent
    entry = AuditEntry.objects.get(verb="hsm.signing.refused")
    assert b'"rule":"not_the_next_position"' in bytes(entry.body)


def test_a_failure_is_recorded_and_leaves_the_request_open(desk: None, enqueued: Run) -> None:
    request = request_checkpoint()
    answer(request, "FAILED", rule="token_unavailable")
    sent = enqueued(lambda: collect(request))
    assert "hsm.apply_checkpoint" not in [name for name, _ in sent]
    assert AuditEntry.objects.filter(verb="hsm.signing.failed").count() == 1
    assert list(selectors.unanswered_requests()) == [request]
    answer(request, "SIGNED", *journal(request, ("SEEN", checkpoint_body())))
    assert collect(request)


def test_a_request_has_one_final_answer(desk: None) -> None:
    request = request_checkpoint()
    answer(request, "SIGNED")
    with pytest.raises(IntegrityError), transaction.atomic():
        answer(request, "REFUSED", rule="changed_mind")


def test_an_entry_that_contradicts_the_mirror_raises_an_alarm(
    desk: None, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = request_checkpoint(), request_checkpoint()
    answer(first, "SIGNED", *journal(first, ("SEEN", checkpoint_body())))
    answer(second, "SIGNED", *journal(second, ("SEEN", checkpoint_body(3))))
    collect(first)
    collect(second)
    assert "entry 1 differs" in caplog.text
    assert JournalEntry.objects.get().request == first.id


def test_a_suspension_reaches_the_mirror_of_keys(desk: None) -> None:
    request = request_checkpoint()
    key = SigningKey.objects.get(purpose="checkpoint")
    answer(request, "FAILED", *journal(request, ("KEY", {"key": key.id, "state": "SUSPENDED"})), rule="token")
    collect(request)
    key.refresh_from_db()
    assert key.state == "SUSPENDED"


def test_the_sweep_collects_and_wakes(desk: None, enqueued: Run) -> None:
    answered, waiting = request_checkpoint(), request_checkpoint()
    answer(answered, "SIGNED", *journal(answered, ("SEEN", checkpoint_body())))
    sent = enqueued(lambda: services.sweep(at=AT))
    assert CollectedResult.objects.count() == 1
    assert [args for name, args in sent if name == "wake"][-1] == {"request_id": waiting.id}
    assert ("wake", {"request_id": answered.id}) not in sent[2:]


def test_the_sweep_leaves_old_requests_to_a_person(desk: None, enqueued: Run) -> None:
    request_checkpoint()
    sent = enqueued(lambda: services.sweep(at=AT + timedelta(days=7, seconds=1)))
    assert sent == []
    assert selectors.unanswered_requests().count() == 1


def test_stores_the_signed_checkpoint_once(desk: None) -> None:
    request = request_checkpoint()
    answer(request, "SIGNED", *journal(request, ("SEEN", checkpoint_body())))
    for _ in range(2):
        checkpoints.apply_checkpoint(request_id=request.id)
    row = Checkpoint.objects.get()
    assert (row.stream, row.position, row.link, row.signature) == ("main", 2, "ee" * 32, "ab" * 64)


def test_a_refused_checkpoint_stores_nothing(desk: None) -> None:
    request = request_checkpoint()
    answer(request, "REFUSED", rule="not_the_next_position")
    checkpoints.apply_checkpoint(request_id=request.id)
    assert not Checkpoint.objects.exists()

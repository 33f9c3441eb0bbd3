"""When a checkpoint is asked for: 1,000 entries or 60 seconds, one under way at a time."""

from datetime import timedelta

import pytest

from custody.audit import linking
from custody.audit import services as audit
from custody.audit.selectors import entry_hashes
from custody.hsm import checkpoints, services
from custody.hsm.models import Checkpoint, SigningRequest
from custody.hsm.selectors import request_of
from custody.statements.request import CheckpointPayload
from tests.hsm.desk import AT, answer, checkpoint_body, journal


def record(count: int = 1) -> None:
    for number in range(count):
        audit.record(verb="test.thing.done", actor="system:test", subject=str(number), payload={}, at=AT)
    linking.link_entries()


def seal(request_id: str, position: int) -> None:
    """Answer as the signer does and store the checkpoint."""
    request = SigningRequest.objects.get(pk=request_id)
    answer(request, "SIGNED", *journal(request, ("SEEN", checkpoint_body(position))))
    checkpoints.apply_checkpoint(request_id=request_id)


def sealed_by(request_id: str) -> CheckpointPayload:
    payload = request_of(request_id).payload
    assert isinstance(payload, CheckpointPayload)
    return payload


def streams(made: list[str]) -> list[str]:
    return [sealed_by(request_id).stream for request_id in made]


def test_asks_for_what_was_never_sealed(desk: None) -> None:
    record(3)
    (request_id,) = checkpoints.request_checkpoints(at=AT)
    payload = sealed_by(request_id)
    assert (payload.stream, payload.from_, payload.to) == ("main", 1, 3)
    assert list(payload.entries) == entry_hashes("main", first=1, last=3)


def test_asks_for_nothing_without_entries(desk: None) -> None:
    assert checkpoints.request_checkpoints(at=AT) == []


def test_has_one_request_under_way(desk: None) -> None:
    record()
    checkpoints.request_checkpoints(at=AT)
    record()
    assert checkpoints.request_checkpoints(at=AT) == []


def test_waits_for_sixty_seconds(desk: None) -> None:
    record()
    (first,) = checkpoints.request_checkpoints(at=AT)
    seal(first, 1)
    record()
    assert checkpoints.request_checkpoints(at=AT + timedelta(seconds=59)) == []
    second, *_ = checkpoints.request_checkpoints(at=AT + timedelta(seconds=60))
    assert (sealed_by(second).stream, sealed_by(second).from_, sealed_by(second).to) == ("main", 2, 2)


def test_does_not_wait_for_many_entries(desk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "MAX_ENTRIES", 3)
    record()
    (first,) = checkpoints.request_checkpoints(at=AT)
    seal(first, 1)
    record(2)
    assert checkpoints.request_checkpoints(at=AT) == []
    record()
    assert streams(checkpoints.request_checkpoints(at=AT)) == ["main", "signing"]


def test_a_forced_one_waits_for_nothing(desk: None) -> None:
    record()
    (first,) = checkpoints.request_checkpoints(at=AT)
    seal(first, 1)
    record()
    assert streams(checkpoints.request_checkpoints(at=AT, force=True)) == ["main", "signing"]


def test_does_not_follow_its_own_traces(desk: None) -> None:
    """Asking and sealing is recorded beside the stream; else each checkpoint would demand the next."""
    record()
    (first,) = checkpoints.request_checkpoints(at=AT)
    seal(first, 1)
    linking.link_entries()
    assert checkpoints.request_checkpoints(at=AT + timedelta(days=1)) == []


def test_stores_an_answer_whose_message_was_lost(desk: None) -> None:
    record()
    (first,) = checkpoints.request_checkpoints(at=AT)
    request = SigningRequest.objects.get(pk=first)
    answer(request, "SIGNED", *journal(request, ("SEEN", checkpoint_body(1))))
    assert checkpoints.request_checkpoints(at=AT) == []
    assert Checkpoint.objects.get().request_id == first


def test_a_request_without_answer_holds_up_the_next_for_an_hour(desk: None) -> None:
    record(2)
    checkpoints.request_checkpoints(at=AT)
    assert checkpoints.request_checkpoints(at=AT + timedelta(minutes=59, seconds=59)) == []
    record()
    again, *_ = checkpoints.request_checkpoints(at=AT + timedelta(hours=1))
    assert (sealed_by(again).stream, sealed_by(again).from_, sealed_by(again).to) == ("main", 1, 3)


def test_goes_on_behind_what_the_signer_has_promised(desk: None) -> None:
    """Journalled to be signed, it is the last one for the signer, whatever its token does."""
    record(2)
    (first,) = checkpoints.request_checkpoints(at=AT)
    request = SigningRequest.objects.get(pk=first)
    promised = journal(request, ("SEEN", checkpoint_body(2)), ("SIGN", {"slots": []}))
    answer(request, "FAILED", *promised, rule="token_unavailable")
    record()
    again, *_ = checkpoints.request_checkpoints(at=AT + timedelta(hours=1))
    assert (sealed_by(again).from_, sealed_by(again).to) == (3, 3)


def test_asks_again_a_minute_after_a_refusal(desk: None) -> None:
    record()
    (first,) = checkpoints.request_checkpoints(at=AT)
    answer(SigningRequest.objects.get(pk=first), "REFUSED", rule="not_the_next_position")
    assert checkpoints.request_checkpoints(at=AT + timedelta(seconds=59)) == []
    assert "main" in streams(checkpoints.request_checkpoints(at=AT + timedelta(seconds=60)))


def test_seals_the_signers_journal_and_its_mirror_along(desk: None) -> None:
    record()
    (first,) = checkpoints.request_checkpoints(at=AT)
    request = SigningRequest.objects.get(pk=first)
    entries = journal(request, ("SEEN", checkpoint_body(1)), ("SIGN", {"slots": []}))
    answer(request, "SIGNED", *entries)
    services.collect_result(request_id=first, at=AT)
    checkpoints.apply_checkpoint(request_id=first)
    record()
    _, mirror, own = map(sealed_by, checkpoints.request_checkpoints(at=AT + timedelta(seconds=60)))
    assert (mirror.stream, mirror.from_, mirror.to) == ("signing", 1, 4)
    assert list(mirror.entries) == entry_hashes("signing", first=1, last=4)
    assert (own.stream, list(own.entries)) == ("signer", [entry.hash for entry in entries])

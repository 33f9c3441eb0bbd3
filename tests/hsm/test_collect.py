"""Collecting answers: mirrored once, recorded once, handed on, also after a failure in between."""

from collections.abc import Callable
from datetime import timedelta
from typing import get_args

import pytest
from django.db import IntegrityError, OperationalError, transaction

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.common.ids import new_id
from custody.hsm import checkpoints, selectors, services
from custody.hsm.models import (
    Checkpoint,
    CollectedResult,
    JournalEntry,
    RequestKind,
    SigningKey,
    SigningRequest,
)
from custody.hsm.results import FOLLOWERS
from custody.hsm.signer.kinds.registry import KINDS
from custody.statements import request as statements
from tests.cast import logged_in
from tests.harness.signer_role import write_answer
from tests.hsm.conftest import Enqueued
from tests.hsm.desk import AT, answer, checkpoint_body, journal, request_checkpoint

Run = Callable[[Callable[[], object]], Enqueued]


def collect(request: SigningRequest) -> bool:
    return services.collect_result(request_id=request.id, at=AT)


def request_of_kind(kind: str) -> SigningRequest:
    """A row that says it is of this kind, without a wake-up."""
    body = bytes(request_checkpoint().body)
    return SigningRequest.objects.create(
        id=new_id("req", at=AT), kind=kind, subject="main", body=body, created_at=AT
    )


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


def test_the_sweep_asks_about_payments_for_as_long_as_it_takes(desk: None, enqueued: Run) -> None:
    """The signer may have promised a signature: the coins are free when it has answered."""
    payment = request_of_kind("BTC_SPEND")
    request_of_kind("BLOCK")
    sent = enqueued(lambda: services.sweep(at=AT + timedelta(days=400)))
    assert sent == [("wake", {"request_id": payment.id})]


@pytest.mark.parametrize("body", [b"no answer at all", None])
def test_an_answer_that_cannot_be_collected_keeps_no_other_waiting(
    desk: None, body: bytes | None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that nobody can read, and a kind that nobody follows."""
    broken, good = request_of_kind("BLOCK"), request_checkpoint()
    monkeypatch.delitem(FOLLOWERS, "BLOCK")
    if body is None:
        answer(broken, "SIGNED")
    else:
        write_answer(broken, outcome="SIGNED", body=body)
    answer(good, "SIGNED", *journal(good, ("SEEN", checkpoint_body())))
    for _ in range(2):
        services.sweep(at=AT)
    assert [row.result.request_id for row in CollectedResult.objects.all()] == [good.id]
    assert f"the answer to {broken.id} cannot be collected" in caplog.text


def test_a_database_that_is_gone_ends_the_sweep(desk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    request = request_checkpoint()
    answer(request, "SIGNED")

    def gone(**_: object) -> bool:
        raise OperationalError

    monkeypatch.setattr(services, "collect_result", gone)
    with pytest.raises(OperationalError):
        services.sweep(at=AT)


def test_every_kind_has_a_name_a_judge_and_a_follower() -> None:
    kinds = set(get_args(statements.RequestKind))
    assert set(FOLLOWERS) == set(RequestKind.values) == set(KINDS) == kinds


def test_each_reason_of_a_failure_is_kept_once(desk: None, custodian: User) -> None:
    request = request_checkpoint()
    http, pages = logged_in(custodian), "/admin/hsm/signingrequest/"
    for rule in ("token_unavailable", "killed"):
        answer(request, "FAILED", rule=rule)
        collect(request)
        assert f"<code>{rule}</code>" in http.get(pages).content.decode()
    assert "<code>token_unavailable</code>" not in http.get(pages).content.decode()
    assert "token_unavailable" in http.get(f"{pages}{request.pk}/change/").content.decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        answer(request, "FAILED", rule="killed")
    assert verbs().count("hsm.signing.failed") == 2


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

"""A refusal is in the record although the deed was rolled back."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import transaction

from custody.accounts.services import create_user
from custody.audit import services as audit
from custody.audit.models import AuditEntry
from custody.common.errors import ForbiddenError, NotFoundError, RefusedError, UnavailableError
from custody.web.refusals import guards_command, recording, records_refusals

DEAL = "deal_01KAJ8P0000000000000000001"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def _only_entry() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(bytes(AuditEntry.objects.get().body))
    return {name: body[name] for name in ("verb", "actor", "subject", "payload")}


@records_refusals("escrow.deal.release", subject="deal_id")
def release(request: object, *, deal_id: str) -> None:
    with transaction.atomic():
        audit.record(verb="escrow.deal.released", actor="system:test", subject=deal_id, payload={})
        raise RefusedError("there is a hold", code="on_hold", field="/deal")


def test_records_code_and_field_after_the_rollback(db: None) -> None:
    with pytest.raises(RefusedError):
        release(object(), deal_id=DEAL)
    assert _only_entry() == {
        "verb": "escrow.deal.release.refused",
        "actor": "system:test",
        "subject": DEAL,
        "payload": {"code": "on_hold", "field": "/deal"},
    }


def test_records_who_was_refused(db: None) -> None:
    user = create_user(
        actor="system:test",
        email="anna@example.org",
        name="Anna",
        password="correct horse battery",
        roles=(),
        at=AT,
    )
    with pytest.raises(RefusedError):
        release(SimpleNamespace(user=user), deal_id="deal_1")
    entry = AuditEntry.objects.get(verb="escrow.deal.release.refused")
    assert (entry.actor_text, entry.actor_id) == (f"user:{user.pk}", user.pk)


def test_records_a_visitor_as_anonymous(db: None) -> None:
    with pytest.raises(RefusedError):
        release(SimpleNamespace(user=SimpleNamespace()), deal_id="deal_1")
    assert _only_entry()["actor"] == "system:anonymous"


def test_records_once_when_two_boundaries_see_it(db: None) -> None:
    with (
        pytest.raises(RefusedError),
        recording(action="web.page", actor="system:web"),
        recording(action="escrow.deal.release", actor="system:web"),
    ):
        raise RefusedError("no")
    assert _only_entry()["verb"] == "escrow.deal.release.refused"


def test_keeps_input_out_of_the_record(db: None) -> None:
    with (
        pytest.raises(ForbiddenError),
        recording(action="a.b.c", actor="system:web", subject="Anna Müller, Bonn"),
    ):
        raise ForbiddenError("no", field="name of Anna Müller")
    assert _only_entry()["subject"] == ""
    assert _only_entry()["payload"] == {"code": "forbidden", "field": "unknown"}


@pytest.mark.parametrize(
    "subject",
    ["Max.Mustermann_0049-228-123", "deal_Max.Mustermann", "max_01KAJ8P0000000000000000001", f"{DEAL}\n"],
)
def test_only_an_id_is_what_a_refusal_is_about(db: None, subject: str) -> None:
    with pytest.raises(RefusedError), recording(action="a.b.c", actor="system:web", subject=subject):
        raise RefusedError("no")
    assert _only_entry()["subject"] == ""


def test_what_is_not_theirs_gets_no_entry_from_strangers(db: None) -> None:
    with pytest.raises(NotFoundError), recording(action="a.b.c", actor="system:web", subject=DEAL):
        raise NotFoundError("not found")
    assert _only_entry()["subject"] == ""


def test_calls_a_missing_component_failed(db: None) -> None:
    with pytest.raises(UnavailableError), recording(action="hsm.key.use", actor="system:worker"):
        raise UnavailableError("token gone", code="token_unavailable")
    assert _only_entry()["verb"] == "hsm.key.use.failed"


def test_lets_other_errors_pass_unrecorded(db: None) -> None:
    with pytest.raises(ZeroDivisionError), recording(action="a.b.c", actor="system:web"):
        _ = 1 / 0
    assert not AuditEntry.objects.exists()


def test_ends_a_command_with_one_line_and_exit_code_one(db: None) -> None:
    @guards_command("reports.run.render")
    def handle(self: object) -> None:
        raise RefusedError("not in this state", code="illegal_transition")

    with pytest.raises(CommandError, match="^illegal_transition: not in this state$") as caught:
        handle(object())
    assert caught.value.returncode == 1
    assert _only_entry()["verb"] == "reports.run.render.refused"

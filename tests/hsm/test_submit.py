"""Asking the signer: the row holds the canonical bytes, the record says so, both are woken after commit."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from custody.audit.models import AuditEntry
from custody.common.errors import InvalidInputError, UnavailableError
from custody.hsm.models import SigningKey, SigningRequest
from custody.hsm.selectors import active_key, request_of
from custody.statements.request import Request
from tests.hsm.conftest import Enqueued
from tests.hsm.desk import AT, CHECKPOINT_KEY, ENTRIES, INSTANCE, request_checkpoint


def test_the_row_holds_the_canonical_request(desk: None) -> None:
    row = request_checkpoint()
    request = Request.from_bytes(bytes(row.body))
    assert (request.id, request.instance, request.kind, request.key) == (
        row.id,
        INSTANCE,
        "CHECKPOINT",
        CHECKPOINT_KEY,
    )
    assert request_of(row.id) == request


def test_records_the_request_without_its_content(desk: None) -> None:
    row = request_checkpoint()
    entry = AuditEntry.objects.get(verb="hsm.signing.requested")
    assert (entry.subject, entry.stream, entry.actor_text) == (row.id, "signing", "system:test")
    assert ENTRIES[0] not in bytes(entry.body).decode()


def test_wakes_the_signer_and_the_collector_after_commit(
    desk: None, enqueued: Callable[[Callable[[], object]], Enqueued]
) -> None:
    sent = enqueued(request_checkpoint)
    request_id = SigningRequest.objects.get().id
    assert sent == [("wake", {"request_id": request_id}), ("hsm.collect_result", {"request_id": request_id})]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"payload": {"stream": "main", "from": 1, "to": 3, "entries": ENTRIES}}, "/payload/entries"),
        ({"payload": None}, "/payload"),
        ({"kind": "DIGEST"}, "/kind"),
        ({"key": "key_1"}, "/key"),
    ],
)
def test_a_malformed_request_leaves_no_row(desk: None, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        request_checkpoint(**change)
    assert refused.value.field == field
    assert not SigningRequest.objects.exists()
    assert not AuditEntry.objects.exists()


def test_nothing_is_asked_before_the_signer_is_known(db: None) -> None:
    with pytest.raises(UnavailableError) as unavailable:
        request_checkpoint()
    assert unavailable.value.code == "signer_unknown"


def test_a_suspended_key_is_not_offered(desk: None) -> None:
    SigningKey.objects.filter(purpose="seal").update(state="SUSPENDED")
    with pytest.raises(UnavailableError) as unavailable:
        active_key("seal")
    assert unavailable.value.code == "no_active_key"


@pytest.mark.parametrize(
    "statement", ["UPDATE hsm_signingrequest SET kind = kind", "DELETE FROM hsm_signingrequest"]
)
def test_a_request_cannot_be_changed(desk: None, statement: str) -> None:
    request_checkpoint(at=AT)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

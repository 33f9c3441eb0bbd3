"""What an entry holds, and what cannot stand in the record."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from custody.audit.models import AuditEntry
from custody.audit.services import actor_name, record
from custody.common.canonical import NotCanonicalError, tagged_hash
from custody.common.errors import InvalidInputError

AT = datetime(2026, 11, 21, 9, 0, 30, 123456, tzinfo=UTC)


def _record(**changes: Any) -> AuditEntry:
    arguments = {
        "verb": "escrow.deal.opened",
        "actor": "system:worker",
        "subject": "deal_1",
        "payload": {"amount": "990000"},
        "at": AT,
    }
    return record(**{**arguments, **changes})


def test_stores_the_canonical_bytes_and_their_hash(db: None) -> None:
    entry = _record()
    entry.refresh_from_db()
    body = (
        b'{"actor":"system:worker","at":"2026-11-21T09:00:30Z","format":"custody/audit-entry/v1",'
        b'"payload":{"amount":"990000"},"stream":"main","subject":"deal_1","verb":"escrow.deal.opened"}'
    )
    assert bytes(entry.body) == body
    assert entry.hash == tagged_hash("custody/audit-entry/v1", body).hex()


def test_names_a_person_by_number_only(db: None, django_user_model: Any) -> None:
    assert actor_name(django_user_model(pk=7, email="anna@example.org")) == "user:7"


@pytest.mark.parametrize("verb", ["", "opened", "Escrow.deal.opened", "escrow deal", "escrow..opened"])
def test_refuses_a_verb_that_is_not_dotted(db: None, verb: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        _record(verb=verb)
    assert caught.value.field == "verb"
    assert not AuditEntry.objects.exists()


def test_refuses_an_actor_text_that_is_no_system(db: None) -> None:
    with pytest.raises(InvalidInputError) as caught:
        _record(actor="Anna")
    assert caught.value.field == "actor"


@pytest.mark.parametrize("payload", [{"price": 1.5}, {"Amount": "1"}, {"note": None}, {"text": "a\nb"}])
def test_refuses_a_payload_without_canonical_form(db: None, payload: dict[str, Any]) -> None:
    with pytest.raises(NotCanonicalError):
        _record(payload=payload)


def test_vanishes_with_the_transaction_of_the_deed(db: None) -> None:
    with transaction.atomic():
        _record()
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()

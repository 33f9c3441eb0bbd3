"""T1: an intent is taken in once, and only when it fits its wallet."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from custody.audit.models import AuditEntry
from custody.common.errors import CustodyError, NotFoundError, RefusedError
from custody.statements.intent import Source
from custody.wallets import services
from custody.wallets.models import TransferIntent, Wallet
from custody.wallets.states import State
from tests.wallets.deals import ACTOR, AT, Escrow, fresh


def test_stores_the_document_and_waits(escrow: Escrow) -> None:
    document = escrow.intent()
    intent = services.create_intent(actor=ACTOR, document=document, needs_our_key=False, at=AT)
    assert (intent.state, intent.hash, bytes(intent.document)) == (
        "SUBMITTED",
        document.hash,
        document.to_bytes(),
    )
    assert AuditEntry.objects.get(verb="wallets.intent.submitted").subject == document.id


def test_the_same_document_again_is_the_same_intent(escrow: Escrow) -> None:
    document = escrow.intent()
    first = services.create_intent(actor=ACTOR, document=document, needs_our_key=False, at=AT)
    again = services.create_intent(actor=ACTOR, document=document, needs_our_key=False, at=AT)
    assert first == again
    assert AuditEntry.objects.filter(verb="wallets.intent.submitted").count() == 1


def test_refuses_another_document_under_the_same_id(escrow: Escrow) -> None:
    document = escrow.intent()
    services.create_intent(actor=ACTOR, document=document, needs_our_key=False, at=AT)
    other = replace(document, fee=replace(document.fee, max=1))
    with pytest.raises(RefusedError) as refusal:
        services.create_intent(actor=ACTOR, document=other, needs_our_key=False, at=AT)
    assert refusal.value.code == "intent_id_taken"
    assert TransferIntent.objects.get().hash == document.hash


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"kind": "TRANSFER"}, "kind_not_supported", "/kind"),
        ({"expires_at": AT}, "bad_expiry", "/expires_at"),
        ({"expires_at": AT + timedelta(hours=72, seconds=1)}, "bad_expiry", "/expires_at"),
        ({"asset": "bip122:0f9188f13cb7b2c71f2a335e3a4fc328/slip44:0"}, "wallet_mismatch", "/asset"),
    ],
)
def test_refuses_what_does_not_fit(escrow: Escrow, changes: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(CustodyError) as refusal:
        escrow.submit(**changes)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not TransferIntent.objects.exists()


def test_refuses_the_terms_of_another_deal(escrow: Escrow) -> None:
    source = Source(wallet=escrow.wallet.pk, owner="ESCROW", terms="00" * 32)
    with pytest.raises(CustodyError) as refusal:
        escrow.submit(source=source)
    assert (refusal.value.code, refusal.value.field) == ("wallet_mismatch", "/source/terms")


def test_refuses_an_unknown_wallet(escrow: Escrow) -> None:
    source = Source(wallet="wal_01KAJ8S0000000000000000009", owner="ESCROW", terms=escrow.wallet.terms_hash)
    with pytest.raises(NotFoundError):
        escrow.submit(source=source)


def test_refuses_our_signature_where_no_key_is_ours(escrow: Escrow) -> None:
    Wallet.objects.filter(pk=escrow.wallet.pk).update(signing_key="")
    with pytest.raises(RefusedError) as refusal:
        escrow.submit(needs_our_key=True)
    assert refusal.value.code == "no_key_of_ours"


def test_an_intent_that_reserved_nothing_is_withdrawn_at_once(escrow: Escrow) -> None:
    intent = escrow.submit()
    services.cancel_intent(actor=ACTOR, intent_id=intent.pk, reason="dispute", at=AT)
    assert fresh(intent).state == State.REJECTED


@pytest.mark.parametrize(
    "change",
    [
        {"document": b"{}"},
        {"hash": "00" * 32},
        {"needs_our_key": True},
        {"state": "APPROVED"},  # without a new version
        {"state": "NOWHERE", "version": 2},
    ],
)
def test_the_database_refuses_changes_behind_the_services(escrow: Escrow, change: dict[str, Any]) -> None:
    intent = escrow.submit()
    with pytest.raises(DatabaseError), transaction.atomic():
        TransferIntent.objects.filter(pk=intent.pk).update(**change)


def test_the_database_keeps_ended_intents_ended(escrow: Escrow) -> None:
    intent = escrow.submit()
    services.cancel_intent(actor=ACTOR, intent_id=intent.pk, reason="dispute", at=AT)
    with pytest.raises(DatabaseError, match="does not change this way"), transaction.atomic():
        TransferIntent.objects.filter(pk=intent.pk).update(state="SIGNED", version=3)


def test_the_database_never_forgets_an_intent(escrow: Escrow) -> None:
    intent = escrow.submit()
    with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        TransferIntent.objects.filter(pk=intent.pk)._raw_delete("default")

"""Disputes: who opens them, what is said and shown, all encrypted, and agreement stays possible."""

import pytest
from django.db import connection

from custody.common.errors import InvalidInputError, RefusedError
from custody.documents.services import fetch_document
from custody.escrow import services
from custody.escrow.models import Dispute, Evidence, Statement
from custody.escrow.states import State
from custody.wallets.models import TransferIntent
from scripts.embedded.bitcoind import Node
from tests.cast import AT
from tests.escrow.sides import Side
from tests.escrow.stage import Stage

CLAIM = "The machine never came."
PHOTO = b"\x89PNG not really"


def dispute(stage: Stage, side: Side | None = None) -> Dispute:
    return services.open_dispute(actor=(side or stage.buyer).user, deal_id=stage.deal_id, claim=CLAIM, at=AT)


def show(stage: Stage, *, content: bytes = PHOTO, name: str = "door.png") -> Evidence:
    return services.add_evidence(
        actor=stage.buyer.user,
        deal_id=stage.deal_id,
        name=name,
        content=content,
        media_type="image/png",
        at=AT,
    )


def test_a_party_opens_a_dispute_with_its_claim(funded: Stage) -> None:
    opened = dispute(funded, funded.merchant)
    assert funded.deal.state == State.DISPUTE_OPEN
    assert opened.opened_by == "merchant"
    statement = Statement.objects.get()
    assert (statement.role, statement.text, statement.user) == ("merchant", CLAIM, funded.merchant.user)


def test_what_is_said_is_stored_encrypted(funded: Stage) -> None:
    dispute(funded)
    show(funded)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM escrow_statement UNION ALL SELECT name FROM escrow_evidence")
        stored = [bytes(row[0]) for row in cursor.fetchall()]
    assert len(stored) == 2
    assert not any(b"machine" in data or b"door" in data for data in stored)


def test_nothing_is_disputed_before_funding(stage: Stage) -> None:
    stage.until(State.AWAITING_FUNDING)
    with pytest.raises(RefusedError) as error:
        dispute(stage)
    assert error.value.code == "wrong_state"


def test_a_dispute_needs_a_claim(funded: Stage) -> None:
    with pytest.raises(InvalidInputError) as error:
        services.open_dispute(actor=funded.buyer.user, deal_id=funded.deal_id, claim="  ", at=AT)
    assert error.value.code == "bad_text"
    assert funded.deal.state == State.FUNDED
    assert not Dispute.objects.exists()


def test_a_dispute_withdraws_a_release_that_is_not_signed(funded: Stage) -> None:
    services.propose_release(actor=funded.merchant.user, deal_id=funded.deal_id, at=AT)
    funded.drive()
    dispute(funded)
    funded.follow()
    assert funded.deal.state == State.DISPUTE_OPEN
    assert TransferIntent.objects.get().state == "CANCELLING"


def test_both_sides_and_the_mediator_are_heard(funded: Stage) -> None:
    dispute(funded)
    for actor in (funded.merchant.user, funded.mediator):
        services.add_statement(actor=actor, deal_id=funded.deal_id, text="Please show the note.", at=AT)
    assert list(Statement.objects.order_by("pk").values_list("role", flat=True)) == [
        "buyer",
        "merchant",
        "mediator",
    ]


@pytest.mark.parametrize("text", ["", " ", "x" * 20_001])
def test_a_statement_has_a_length(funded: Stage, text: str) -> None:
    dispute(funded)
    with pytest.raises(InvalidInputError) as error:
        services.add_statement(actor=funded.buyer.user, deal_id=funded.deal_id, text=text, at=AT)
    assert (error.value.code, error.value.field) == ("bad_text", "text")


def test_evidence_is_kept_under_its_hash(funded: Stage) -> None:
    dispute(funded)
    evidence = show(funded)
    assert (evidence.role, evidence.name) == ("buyer", "door.png")
    assert fetch_document(subject=funded.deal_id, sha256=evidence.sha256) == PHOTO


def test_the_same_file_is_handed_in_once(funded: Stage) -> None:
    dispute(funded)
    show(funded)
    with pytest.raises(RefusedError) as error:
        show(funded, name="again.png")
    assert error.value.code == "evidence_known"


def test_an_empty_file_is_no_evidence(funded: Stage) -> None:
    dispute(funded)
    with pytest.raises(InvalidInputError) as error:
        show(funded, content=b"")
    assert error.value.code == "bad_file_size"
    assert not Evidence.objects.exists()


def test_nothing_is_said_outside_a_dispute(funded: Stage) -> None:
    with pytest.raises(RefusedError) as error:
        services.add_statement(actor=funded.buyer.user, deal_id=funded.deal_id, text="Hello.", at=AT)
    assert error.value.code == "wrong_state"
    with pytest.raises(RefusedError):
        show(funded)


def test_the_parties_may_still_agree(funded: Stage, node: Node) -> None:
    dispute(funded)
    services.propose_release(actor=funded.buyer.user, deal_id=funded.deal_id, at=AT)
    funded.drive()
    for side in funded.sides:
        funded.give(side)
    funded.drive()
    funded.mine(node, 3)
    assert funded.deal.state == State.RELEASED

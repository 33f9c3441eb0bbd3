"""The case file tells one deal from the first screening to the last confirmation."""

from pathlib import Path
from typing import Any

import pytest

from custody.accounts.models import Membership
from custody.accounts.roles import MemberRole
from custody.audit import linking
from custody.escrow.states import State
from custody.reports.definition import Scope
from custody.reports.definitions.r7 import collect
from custody.reports.models import ReportRun
from custody.reports.services import collect_run, request_report, unsealed_file
from custody.reports.wording import audit_verb
from custody.wallets.services import apply_signature
from scripts.embedded.bitcoind import Node
from tests.cast import AT
from tests.escrow.stage import Stage
from tests.reports.desk import Desk
from tests.reports.test_pages import text_of


@pytest.fixture(autouse=True)
def shared_layout() -> None:
    """These tests are about the pages."""


def file_of(stage: Stage) -> dict[str, Any]:
    linking.link_entries()
    return collect(Scope(at=AT, subject=stage.deal_id))


@pytest.fixture
def awarded(funded: Stage, node: Node) -> Stage:
    """A dispute the merchant has won, paid out with our signature and final."""
    funded.award()
    funded.drive()
    apply_signature(request_id=funded.answer("BTC_SPEND"), at=AT)
    funded.drive()
    funded.give(funded.merchant)
    funded.drive()
    funded.mine(node, 3)
    assert funded.deal.state == State.RESOLVED
    return funded


def test_a_new_deal_has_parties_and_empty_chapters(stage: Stage) -> None:
    sections = file_of(stage)
    assert (sections["deal"]["state"], sections["deal"]["amount"]) == ("DRAFT", "1000000")
    assert [(party["role"], party["client"]) for party in sections["parties"]] == [
        ("buyer", stage.buyer.client),
        ("merchant", stage.merchant.client),
    ]
    assert [item["result"] for party in sections["parties"] for item in party["screenings"]] == [
        "CLEAR",
        "CLEAR",
    ]
    empty = ("terms", "coins", "payouts", "disputes", "statements", "evidence", "decisions")
    assert {name: sections[name] for name in empty} == {name: [] for name in empty}
    assert "wallet" not in sections


def test_shows_terms_signatures_and_proofs_of_all_three_keys(stage: Stage) -> None:
    stage.until(State.AWAITING_FUNDING)
    (terms,) = file_of(stage)["terms"]
    assert terms["hash"] == stage.version.hash
    assert [row["role"] for row in terms["signatures"]] == ["buyer", "merchant"]
    assert terms["registration"]["is_pinned"] is True
    (challenge,) = terms["challenges"]
    assert [proof["role"] for proof in challenge["proofs"]] == ["buyer", "mediator", "merchant"]
    assert sorted(row["role"] for row in terms["comparisons"]) == ["buyer", "mediator", "merchant"]


def test_tells_the_dispute_with_both_officers(awarded: Stage) -> None:
    sections = file_of(awarded)
    (decision,) = sections["decisions"]
    assert decision["officer"] == {"id": f"user:{awarded.mediator.pk}", "name": "Mediator"}
    assert decision["second_officer"]["id"] == f"user:{awarded.officer.pk}"
    assert (decision["state"], decision["reasons"]) == ("CONFIRMED", ["DELIVERED"])
    assert [row["text"] for row in sections["statements"] if row["role"] == "merchant"] == ["Not paid."]
    assert sections["conflict"] is False


def test_decodes_the_transaction_that_was_sent(awarded: Stage) -> None:
    sections = file_of(awarded)
    (payout,), (coin,) = sections["payouts"], sections["coins"]
    transaction = payout["transaction"]
    assert (payout["kind"], payout["state"], payout["intent"]) == (
        "AWARD",
        "FINAL",
        sections["decisions"][0]["intent"],
    )
    assert [item["outpoint"] for item in transaction["inputs"]] == [coin["outpoint"]]
    assert [(item["to"], item["amount"]) for item in transaction["outputs"]] == [
        (payee["to"], payee["amount"]) for payee in payout["payees"]
    ]
    assert int(transaction["fee"]) == 1_000_000 - sum(int(item["amount"]) for item in transaction["outputs"])
    assert [signer["role"] for signer in transaction["signers"]] == ["mediator", "merchant"]
    assert (transaction["confirmations"], coin["spent_by"]) == (3, transaction["txid"])


def test_quotes_the_record_in_its_order(awarded: Stage) -> None:
    timeline = file_of(awarded)["timeline"]
    positions = [row["position"] for row in timeline]
    assert positions == sorted(positions)
    verbs = [row["verb"] for row in timeline]
    assert verbs[0] == "escrow.deal.opened"
    assert [verb for verb in verbs if audit_verb(verb) == verb] == []
    assert (
        verbs.index("escrow.deal.decided")
        < verbs.index("wallets.intent.final")
        < verbs.index("escrow.deal.resolved")
    )


def test_names_a_mediator_who_acts_for_a_party(stage: Stage) -> None:
    """The service refuses such a membership; an older row may still be there."""
    Membership.objects.create(
        user=stage.mediator, client_id=stage.buyer.client, role=MemberRole.ACTING, created_at=AT
    )
    assert file_of(stage)["conflict"] is True


def test_prints_german_pages(awarded: Stage, desk: Desk, tmp_path: Path) -> None:
    linking.link_entries()
    run: ReportRun = request_report(actor=awarded.officer, report="R7", about=awarded.deal_id, at=AT)
    collect_run(run_id=run.pk, at=AT)
    run.refresh_from_db()
    text = text_of(unsealed_file(run), tmp_path)
    assert "Treuhandakte" in text
    assert "wie entschieden gezahlt" in text
    assert "von einer zweiten Person bestätigt" in text
    assert "0,01000000 BTC" in text
    assert "Unterschrieben von Schlichtung, Händler" in text

"""A forged approval or rejection of a release is refused at the door; the release goes on."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.accounts.models import User
from custody.accounts.services import link_person
from custody.reports import states
from custody.reports.models import ReleaseApproval, ReportRelease
from custody.statements.approval import Approval
from custody.statements.proof import Ed25519Proof, WebAuthnProof
from tests.hsm.conftest import office, store_is_the_signers  # noqa: F401 - fixtures
from tests.reports.test_releases import Editor, editor  # noqa: F401 - fixture
from tests.signer.genesis import FIRST, MACHINE, THIRD, person
from tests.wallets.deals import audited


def forged(approval: Approval) -> Approval:
    """The same statement, signed by a key of nobody."""
    key, digest = Ed25519PrivateKey.generate(), bytes.fromhex(approval.statement.hash)
    proof = Ed25519Proof(
        credential=key.public_key().public_bytes_raw().hex(), signature=key.sign(digest).hex()
    )
    return replace(approval, proof=proof)


@pytest.mark.parametrize("verdict", ["APPROVE", "REJECT"])
@pytest.mark.parametrize("who", [THIRD, person(99)], ids=["pinned", "unknown"])
def test_a_statement_that_nobody_made_is_refused(editor: Editor, verdict: str, who: str) -> None:  # noqa: F811
    editor.do("release")
    answer = editor.bring(forged(editor.approval(who, verdict=verdict)))
    assert answer.status_code == 400
    assert "the signer knows no such credential of this person" in answer.content.decode()
    assert audited("reports.run.approve_release.refused") == [{"code": "not_pinned", "field": "approval"}]
    assert not ReleaseApproval.objects.exists()
    assert editor.release.state == states.OPEN


def test_a_passkey_that_proves_nothing_is_refused(editor: Editor) -> None:  # noqa: F811
    editor.do("release")
    proof = WebAuthnProof(credential="AAAA", authenticator_data="AAAA", client_data="AAAA", signature="AAAA")
    approval = Approval(statement=editor.approval(THIRD, verdict="REJECT").statement, proof=proof)
    assert editor.bring(approval).status_code == 400
    assert editor.release.state == states.OPEN


def test_a_machine_ends_no_release(editor: Editor) -> None:  # noqa: F811
    editor.do("release")
    assert editor.bring(editor.approval(MACHINE, verdict="REJECT")).status_code == 400
    assert editor.release.state == states.OPEN


def test_a_forgery_does_not_keep_the_true_one_out(editor: Editor) -> None:  # noqa: F811
    editor.do("release")
    true = editor.approval(FIRST)
    assert editor.bring(forged(true)).status_code == 400
    for approval in (true, editor.approval(THIRD)):
        assert editor.bring(approval).status_code == 302
    assert editor.ask().state == states.RELEASED


def test_the_page_names_nobody_for_a_forged_verdict(editor: Editor, second_officer: User) -> None:  # noqa: F811
    link_person(actor="system:test", user=second_officer, person=THIRD, at=editor.office.now)
    editor.do("release")
    editor.bring(forged(editor.approval(THIRD, verdict="REJECT")))
    page = editor.page()
    assert second_officer.name not in page
    assert "rejects" not in page


def test_who_was_revoked_meanwhile_holds_a_release_not_up(editor: Editor) -> None:  # noqa: F811
    editor.do("release")
    for who in (FIRST, THIRD):
        editor.bring(editor.approval(who))
    editor.office.enact("PERSON_REVOKE", person=FIRST)
    assert editor.ask().rule == "approvals_missing"


def test_a_release_rejected_and_drafted_again_at_once_is_said(editor: Editor) -> None:  # noqa: F811
    """The same bytes: a rejection has ended them for the signer too."""
    editor.do("release")
    editor.bring(editor.approval(FIRST, verdict="REJECT"))
    answer = editor.do("release")
    assert (answer.status_code, "was drafted before" in answer.content.decode()) == (400, True)
    assert ReportRelease.objects.count() == 1
    editor.office.bench.hands.pass_by(seconds=1)
    assert editor.do("release").status_code == 302

"""A forged approval or rejection of a trust document is refused at the door and stops nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from custody.common import canonical
from custody.hsm.models import SignerIdentity, TrustApproval, TrustDraft
from custody.statements.approval import Approval
from custody.statements.proof import Ed25519Proof, WebAuthnProof
from tests.hsm.office import DRAFTS, Office
from tests.signer.genesis import APPROVER, FIRST, MACHINE, MAKER, PASSKEYS, SECOND, person
from tests.wallets.deals import audited

Forgery = Callable[[Office, TrustDraft], Approval]
UNKNOWN = person(99)


def of_a_stranger(office: Office, draft: TrustDraft) -> Approval:
    """A true signature, by a key that nobody has pinned."""
    statement, key = office.approval(draft, FIRST).statement, Ed25519PrivateKey.generate()
    proof = Ed25519Proof(
        credential=key.public_key().public_bytes_raw().hex(),
        signature=key.sign(bytes.fromhex(statement.hash)).hex(),
    )
    return Approval(statement=statement, proof=proof)


def of_another_statement(office: Office, draft: TrustDraft) -> Approval:
    approval = office.approval(draft, FIRST)
    return replace(approval, statement=replace(approval.statement, verdict="REJECT"))


def of_nothing(office: Office, draft: TrustDraft) -> Approval:
    proof = WebAuthnProof(credential="AAAA", authenticator_data="AAAA", client_data="AAAA", signature="AAAA")
    return Approval(statement=office.approval(draft, FIRST, verdict="REJECT").statement, proof=proof)


def of_a_passkey_over_something_else(office: Office, draft: TrustDraft) -> Approval:
    who, device = next(iter(PASSKEYS.items()))
    return Approval(statement=office.approval(draft, who).statement, proof=device.answer("00" * 32))


def of_an_unknown_person(office: Office, draft: TrustDraft) -> Approval:
    return office.approval(draft, UNKNOWN, verdict="REJECT")


def of_a_machine(office: Office, draft: TrustDraft) -> Approval:
    return office.approval(draft, MACHINE, verdict="REJECT")


def bring(office: Office, draft: TrustDraft, approval: Approval) -> tuple[int, str]:
    data = canonical.encode(approval.to_json()).decode()
    response = office.do(draft, "approve", {"approve-text": data})
    return response.status_code, response.content.decode()


@pytest.mark.parametrize(
    ("forgery", "code", "sentence"),
    [
        (of_a_stranger, "not_pinned", "the signer knows no such credential of this person"),
        (of_an_unknown_person, "not_pinned", "the signer knows no such credential of this person"),
        (of_nothing, "not_pinned", "the signer knows no such credential of this person"),
        (of_another_statement, "bad_proof", "signature does not verify"),
        (of_a_passkey_over_something_else, "bad_proof", "challenge of the client data differs"),
        (of_a_machine, "not_a_person", "a machine rejects nothing"),
    ],
)
def test_what_nobody_has_given_is_refused_and_stops_nothing(
    office: Office, forgery: Forgery, code: str, sentence: str
) -> None:
    draft = office.draft("HOLD", scope="DEAL", ref="deal_01KAJ8P0000000000000000009")
    status, page = bring(office, draft, forgery(office, draft))
    assert status == 400
    assert sentence in page
    assert not TrustApproval.objects.exists()
    (refusal,) = audited("hsm.trust.approve.refused")
    assert refusal == {"code": code, "field": "file"}
    office.bring(draft, MAKER)
    assert office.submit(draft).state == "ACCEPTED"


def test_the_approval_of_a_passkey_is_taken(office: Office) -> None:
    who, device = next(iter(PASSKEYS.items()))
    draft = office.draft("KILL")
    statement = office.approval(draft, who).statement
    assert bring(office, draft, Approval(statement=statement, proof=device.answer(statement.hash)))[0] == 302


def test_a_credential_that_was_revoked_is_refused_by_that_name(office: Office) -> None:
    office.enact("PERSON_REVOKE", person=FIRST)
    draft = office.draft("KILL")
    status, page = bring(office, draft, office.approval(draft, FIRST))
    assert (status, "this credential does not count any more" in page) == (400, True)
    assert not draft.approvals.exists()


def test_one_that_was_revoked_after_its_approval_holds_nothing_up(office: Office) -> None:
    """The signer would refuse all of them for it."""
    draft = office.draft("HOLD", scope="DEAL", ref="deal_01KAJ8P0000000000000000009")
    office.bring(draft, MAKER, APPROVER)
    office.enact("PERSON_REVOKE", person=APPROVER)
    assert "counts no more: expired, revoked, or the policy changed" in office.page(
        f"{DRAFTS}{draft.pk}/change/"
    )
    assert office.submit(draft).state == "ACCEPTED"


def test_a_signer_that_publishes_no_credentials_is_asked_as_it_comes(office: Office) -> None:
    """Of a release from before: the web side knows nothing, the signer refuses the forgery."""
    draft = office.draft("KILL")
    SignerIdentity.objects.update(credentials=None)
    assert bring(office, draft, of_a_stranger(office, draft))[0] == 302
    office.bring(draft, MAKER, SECOND)
    assert (office.submit(draft).state, draft.rule) == ("REFUSED", "bad_proof")
    assert "A signature does not prove what it should." in office.page(f"{DRAFTS}{draft.pk}/change/")

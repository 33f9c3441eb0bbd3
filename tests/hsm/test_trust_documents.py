"""Trust documents through the pages, judged by a real signer: drafted, signed, handed over, answered."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from custody.accounts.models import User
from custody.audit.models import AuditEntry
from custody.hsm.models import SigningRequest, TrustDraft
from custody.hsm.signer.trust.quorum import requirement
from custody.hsm.standing import standing
from custody.hsm.trust.missing import still_missing
from custody.hsm.trust.submitting import settle
from custody.statements.request import Request
from custody.statements.trust import FIRST_PREVIOUS, TrustDocument
from custody.statements.trust.holds import Hold, Kill
from tests.cast import logged_in
from tests.harness.bitcoin import BUYER_ADDRESS
from tests.hsm.office import DRAFTS, Office
from tests.signer.genesis import FIRST, GENESIS, INSTANCE, MAKER, SECOND, THIRD, credential, person

CLIENT = "cli_01KAJ8X0000000000000000001"
POLICY = '{"format":"custody/policy/v1","rules":[]}'


def verbs(draft: TrustDraft) -> list[str]:
    return list(AuditEntry.objects.filter(subject=draft.pk).order_by("pk").values_list("verb", flat=True))


def test_a_draft_holds_exactly_the_bytes_that_are_signed(office: Office) -> None:
    draft = office.draft("HOLD", scope="CLIENT", ref=CLIENT)
    document = TrustDocument(
        instance=INSTANCE,
        stream="holds",
        epoch=1,
        previous=FIRST_PREVIOUS,
        type="HOLD",
        body=Hold(scope="CLIENT", ref=CLIENT),
        maker=MAKER,
        reason="test",
        expires_at=office.now + timedelta(hours=2),
    )
    assert (bytes(draft.body), draft.hash, draft.state) == (document.to_bytes(), document.hash, "DRAFT")
    taken = office.do(draft, "take")
    assert taken.content == document.to_bytes()
    assert taken["Content-Disposition"] == f'attachment; filename="hold-{document.hash[:8]}.json"'
    assert verbs(draft) == ["hsm.trust.drafted"]


def test_a_hold_counts_with_one_signature(office: Office) -> None:
    draft = office.enact("HOLD", MAKER, scope="CLIENT", ref=CLIENT)
    assert (draft.state, draft.activates_at) == ("ACCEPTED", office.now)
    assert standing().holds == ({"document": draft.hash, "scope": "CLIENT", "ref": CLIENT},)
    assert verbs(draft) == [
        "hsm.trust.drafted", "hsm.trust.approval_added", "hsm.trust.submitted", "hsm.trust.accepted",
    ]  # fmt: skip
    assert "Nothing. It counts." in office.page(f"{DRAFTS}{draft.pk}/change/")


def test_a_machine_that_is_an_officer_besides_is_nobody_to_ask(office: Office) -> None:
    """Neither its word counts nor do we wait for it, as the signer judges it."""
    robot = credential(person(77), ("OFFICER",))
    office.enact("PERSON_CREDENTIAL", MAKER, FIRST, SECOND, credential=json.dumps(robot.to_json()))
    office.bench.hands.pass_by(hours=25)
    draft = office.draft("POLICY", policy=POLICY)
    assert robot.person in still_missing(draft, at=office.now).asked
    as_machine = replace(robot, roles=("MACHINE", "OFFICER"))
    office.enact("PERSON_CREDENTIAL", MAKER, FIRST, SECOND, credential=json.dumps(as_machine.to_json()))
    office.bench.hands.pass_by(hours=25)
    draft = office.draft("POLICY", policy=POLICY)
    asked = still_missing(draft, at=office.now).asked
    assert set(asked) >= {FIRST, SECOND}
    assert robot.person not in asked


@pytest.mark.parametrize(
    ("roles", "counts"),
    [
        ({"OFFICER"}, True),
        ({"OFFICER", "CUSTODIAN"}, True),
        ({"CUSTODIAN"}, False),
        ({"OFFICER", "MACHINE"}, False),
        ({"IMPORTER"}, True),
        ({"IMPORTER", "OFFICER"}, True),
        ({"MACHINE"}, False),
    ],
)
def test_whose_word_counts_for_an_addition_to_the_deny_list(roles: set[str], counts: bool) -> None:
    needed = requirement("DENY_ADD", tightens=True, genesis=GENESIS)
    assert needed.counts(FIRST, roles, maker=MAKER) is counts
    assert needed.counts(MAKER, roles, maker=MAKER) is counts
    removal = requirement("DENY_REMOVE", tightens=False, genesis=GENESIS)
    assert removal.counts(FIRST, roles, maker=MAKER) is (roles <= {"OFFICER", "CUSTODIAN"} and counts)
    assert not removal.counts(MAKER, roles, maker=MAKER)


def test_the_request_carries_document_and_approvals(office: Office) -> None:
    draft = office.draft("KILL")
    office.bring(draft, MAKER, FIRST)
    office.do(draft, "submit")
    row = office.last_request()
    (carried,) = Request.from_bytes(bytes(row.body)).trust_documents
    assert (row.kind, row.key, row.subject) == ("TRUST", "", draft.hash)
    assert carried.document.body == Kill()
    assert {approval.statement.person for approval in carried.approvals} == {MAKER, FIRST}


def test_who_is_missing_is_said_at_once_and_the_maker_is_among_them(office: Office) -> None:
    """An officer's own signature is enough to tighten, and nobody else's stands in for it."""
    office.enact("LEASE", MAKER, hours=1)  # genesis is known from the first answer on
    draft = office.draft("DENY_ADD", addresses=BUYER_ADDRESS)
    address = f"{DRAFTS}{draft.pk}/change/"
    asked = "The maker signs with “approve” and brings the approval. Nobody else has to sign."
    assert asked in office.page(address)
    may_sign = office.page(address).partition("<dt>May sign</dt>")[2].partition("</div>")[0]
    assert MAKER in may_sign
    assert FIRST not in may_sign
    office.bring(draft, FIRST)
    assert asked in office.page(address)
    office.bring(draft, MAKER)
    assert "As far as we know, nobody is missing." in office.page(address)
    quorum = office.draft("DENY_REMOVE", addresses=BUYER_ADDRESS)
    page = office.page(f"{DRAFTS}{quorum.pk}/change/")
    assert "Besides the maker 2 more people have to sign." in page
    said = page.partition("<dt>May sign</dt>")[2].partition("</div>")[0]
    assert [who in said for who in (MAKER, FIRST, SECOND)] == [True, True, True]


def test_too_few_approvals_are_a_refusal_in_words_and_more_mend_it(office: Office) -> None:
    hold = office.enact("HOLD", MAKER, scope="CLIENT", ref=CLIENT)
    draft = office.draft("HOLD_END", hold=hold.hash)
    office.bring(draft, MAKER, FIRST)
    # What the web knows by genesis, before and after it has seen it.
    assert "1 more person has to sign; the maker does not count." in office.page(
        f"{DRAFTS}{draft.pk}/change/"
    )
    assert office.submit(draft).state == "REFUSED"
    page = office.page(f"{DRAFTS}{draft.pk}/change/")
    assert (draft.rule, draft.culprit) == ("approvals_missing", "/documents/0/approvals")
    assert "Too few people with the needed role have approved." in page
    office.bring(draft, SECOND)
    assert office.submit(draft).state == "ACCEPTED"
    assert standing().holds == ()
    assert SigningRequest.objects.filter(subject=draft.hash).count() == 2


def test_a_policy_waits_and_then_counts(office: Office) -> None:
    draft = office.enact("POLICY", policy=POLICY)
    assert (draft.state, draft.activates_at) == ("WAITING", office.now + timedelta(seconds=60))
    assert "any officer can veto until then" in office.page(f"{DRAFTS}{draft.pk}/change/")
    assert "Takes effect unless somebody vetoes: Policy" in office.page("/admin/")
    settle(at=office.now + timedelta(seconds=59))
    draft.refresh_from_db()
    assert draft.state == "WAITING"
    settle(at=office.now + timedelta(seconds=60))
    draft.refresh_from_db()
    assert draft.state == "ACCEPTED"


def test_a_veto_ends_what_waits(office: Office) -> None:
    draft = office.enact("POLICY", policy=POLICY)
    veto = office.enact("VETO", MAKER, document=draft.hash)
    draft.refresh_from_db()
    assert (draft.state, veto.state) == ("VETOED", "ACCEPTED")
    assert verbs(draft)[-1] == "hsm.trust.vetoed"


def test_a_rejection_ends_a_document_for_good(office: Office) -> None:
    draft = office.draft("KILL")
    office.bring(draft, MAKER)
    office.bring(draft, FIRST, verdict="REJECT")
    assert (office.submit(draft).state, draft.rule) == ("REFUSED", "rejected")
    assert standing().kills == ()


def test_an_overtaken_draft_is_drafted_anew(office: Office) -> None:
    late = office.draft("KILL")
    office.bring(late, MAKER)
    first = office.enact("HOLD", MAKER, scope="CLIENT", ref=CLIENT)
    refused = office.do(late, "submit")
    assert refused.status_code == 400
    assert "another document of this stream was accepted meanwhile" in refused.content.decode()
    assert office.do(late, "redraft").status_code == 302
    new = TrustDraft.objects.order_by("-pk")[0]
    document = TrustDocument.from_bytes(bytes(new.body))
    assert (document.epoch, document.previous, document.body) == (2, first.hash, Kill())
    assert not new.approvals.exists()
    office.bring(new, MAKER)
    assert office.submit(new).state == "ACCEPTED"


def test_a_document_is_submitted_once(office: Office) -> None:
    draft = office.draft("KILL")
    office.bring(draft, MAKER)
    assert office.do(draft, "submit").status_code == 302
    again = office.do(draft, "submit")
    assert again.status_code == 400
    assert SigningRequest.objects.filter(subject=draft.hash).count() == 1
    entry = AuditEntry.objects.get(verb="hsm.trust.submit.refused")
    assert (entry.subject, entry.actor) == (draft.pk, office.user)


def test_without_the_maker_nothing_is_handed_over(office: Office) -> None:
    draft = office.draft("KILL")
    office.bring(draft, FIRST)
    assert "approval is missing" in office.page(f"{DRAFTS}{draft.pk}/change/")
    assert office.do(draft, "submit").status_code == 400
    assert not SigningRequest.objects.exists()


def test_approvals_that_count_no_more_stay_behind(office: Office) -> None:
    draft = office.draft("KILL")
    office.bring(draft, MAKER)
    office.bring(draft, FIRST, expires_at=office.now + timedelta(minutes=1))
    office.bring(draft, SECOND, policy="00" * 32)
    office.bench.hands.pass_by(minutes=2)
    assert office.submit(draft).state == "ACCEPTED"
    (carried,) = Request.from_bytes(bytes(office.last_request().body)).trust_documents
    assert [approval.statement.person for approval in carried.approvals] == [MAKER]
    assert office.page(f"{DRAFTS}{draft.pk}/change/").count("counts no more") == 2


def test_a_draft_expires(office: Office) -> None:
    draft = office.draft("KILL")
    office.bring(draft, MAKER)
    office.bench.hands.pass_by(hours=3)
    assert office.do(draft, "submit").status_code == 400
    settle(at=office.now)
    draft.refresh_from_db()
    assert (draft.state, verbs(draft)[-1]) == ("EXPIRED", "hsm.trust.expired")
    assert not SigningRequest.objects.exists()


def test_an_account_without_a_person_drafts_nothing(office: Office, custodian: User) -> None:
    http = logged_in(custodian)
    path = f"{DRAFTS}add/?type=KILL"
    http.post("/account/language/", {"language": "en", "next": "/admin/"})
    assert "belongs to no person of the trust store" in http.get(path).content.decode()
    response = http.post(path, {"reason": "test", "life_hours": 2})
    assert response.status_code == 400
    assert not TrustDraft.objects.exists()
    assert AuditEntry.objects.get(verb="hsm.trust.draft.refused").actor == custodian


def test_who_may_not_see_keys_sees_no_document(office: Office, mediator: User, stranger: User) -> None:
    draft = office.draft("KILL")
    assert logged_in(mediator).get(f"{DRAFTS}{draft.pk}/change/").status_code == 404
    assert logged_in(mediator).post(f"{DRAFTS}{draft.pk}/do/take/").status_code == 404
    assert logged_in(stranger).post(f"{DRAFTS}{draft.pk}/do/take/", follow=True).status_code == 403


def test_compliance_may_hold_alone(office: Office, officer: User) -> None:
    """The maker is a person with the role COMPLIANCE, as the signer knows it."""
    User.objects.filter(pk=officer.pk).update(person=THIRD)
    office.http = logged_in(officer)
    draft = office.draft("HOLD", scope="CLIENT", ref=CLIENT)
    office.bring(draft, THIRD)
    assert office.submit(draft).state == "ACCEPTED"


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_page_of_a_document_opens_in_both_languages(office: Office, language: str) -> None:
    draft = office.enact("HOLD", MAKER, scope="CLIENT", ref=CLIENT)
    for path in (DRAFTS, f"{DRAFTS}add/", f"{DRAFTS}{draft.pk}/change/"):
        office.speak(language)
        assert ("Sperre" in office.page(path)) is (language == "de")

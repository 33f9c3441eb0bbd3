"""What may be handed in as an approval: well-formed, about this very document, once; nothing else."""

import base64
import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from custody.common import canonical
from custody.hsm.models import TrustApproval, TrustDraft
from tests.hsm.office import Office
from tests.signer.genesis import FIRST, MAKER

Spelling = Callable[[bytes], str]


def spell(office: Office, draft: TrustDraft) -> bytes:
    return canonical.encode(office.approval(draft, FIRST).to_json())


def link(data: bytes) -> str:
    return "https://office.example/return#t=" + base64.urlsafe_b64encode(data).decode().rstrip("=")


def indented(data: bytes) -> str:
    return json.dumps(json.loads(data), indent=2) + "\n"


@pytest.mark.parametrize("spelling", [bytes.decode, link, indented])
def test_every_spelling_of_an_approval_is_taken(office: Office, spelling: Spelling) -> None:
    draft = office.draft("KILL")
    data = spell(office, draft)
    assert office.do(draft, "approve", {"approve-text": spelling(data)}).status_code == 302
    row = TrustApproval.objects.get()
    assert (bytes(row.body), row.person, row.verdict) == (data, FIRST, "APPROVE")
    assert (row.draft, row.handed_in_by, row.handed_in_at) == (draft, office.user, office.now)


def test_a_file_is_taken(office: Office) -> None:
    draft = office.draft("KILL")
    data = spell(office, draft)
    file = SimpleUploadedFile("approval.json", data)
    assert office.do(draft, "approve", {"approve-file": file}).status_code == 302
    assert bytes(TrustApproval.objects.get().body) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{",
        b'{"statement":{},"proof":{}}',
        b'{"a":1,"a":2}',
        b"[" * 60_000,
        b"#t=***",
        b'{"statement":1e400}',
    ],
)
def test_what_is_no_approval_changes_nothing(office: Office, data: bytes) -> None:
    draft = office.draft("KILL")
    file = SimpleUploadedFile("approval.json", data)
    response = office.do(draft, "approve", {"approve-file": file})
    assert response.status_code == 400
    assert not TrustApproval.objects.exists()


def test_a_field_too_many_is_no_approval(office: Office) -> None:
    draft = office.draft("KILL")
    value = json.loads(spell(office, draft)) | {"note": "trust me"}
    assert office.do(draft, "approve", {"approve-text": json.dumps(value)}).status_code == 400
    assert not TrustApproval.objects.exists()


def test_a_huge_file_is_refused_unread(office: Office) -> None:
    draft = office.draft("KILL")
    file = SimpleUploadedFile("approval.json", spell(office, draft) + b" " * 65_536)
    response = office.do(draft, "approve", {"approve-file": file})
    assert response.status_code == 400
    assert "The file is too large." in response.content.decode()
    assert not TrustApproval.objects.exists()


def test_an_approval_of_another_document_is_refused(office: Office) -> None:
    draft, other = office.draft("KILL"), office.draft("LEASE", hours=8)
    data = spell(office, other)
    response = office.do(draft, "approve", {"approve-text": data.decode()})
    assert response.status_code == 400
    assert "this approval is about another document" in response.content.decode()
    assert not TrustApproval.objects.exists()


def test_an_approval_of_another_installation_is_refused(office: Office) -> None:
    draft = office.draft("KILL")
    approval = office.approval(draft, FIRST, instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4")
    data = canonical.encode(approval.to_json()).decode()
    assert office.do(draft, "approve", {"approve-text": data}).status_code == 400
    assert not TrustApproval.objects.exists()


def test_the_same_approval_counts_once(office: Office) -> None:
    draft = office.draft("KILL")
    data = spell(office, draft).decode()
    assert office.do(draft, "approve", {"approve-text": data}).status_code == 302
    assert office.do(draft, "approve", {"approve-text": data}).status_code == 400
    assert TrustApproval.objects.count() == 1


def test_file_and_text_together_are_refused(office: Office) -> None:
    draft = office.draft("KILL")
    data = spell(office, draft)
    both = {"approve-text": data.decode(), "approve-file": SimpleUploadedFile("approval.json", data)}
    assert office.do(draft, "approve", both).status_code == 400
    assert not TrustApproval.objects.exists()


def test_after_submission_nothing_is_added(office: Office) -> None:
    draft = office.draft("KILL")
    office.bring(draft, MAKER)
    late = spell(office, draft).decode()
    office.do(draft, "submit")
    assert office.do(draft, "approve", {"approve-text": late}).status_code == 400
    assert TrustApproval.objects.count() == 1

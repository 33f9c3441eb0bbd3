"""The page of signed heads: taken away by whoever may see it, presented by anybody who has one."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from custody.audit.models import AuditEntry
from custody.common.errors import InvalidInputError
from custody.hsm import selectors, services
from custody.hsm.checkpoints import apply_checkpoint
from custody.hsm.models import Checkpoint, SigningRequest
from custody.hsm.presenting import present_head
from custody.hsm.signer.heads import standstill
from custody.statements.checkpoint import SignedCheckpoint
from tests.cast import logged_in
from tests.hsm.office import Office

HEADS = "/admin/hsm/checkpoint/"


@pytest.fixture
def row(office: Office) -> Checkpoint:
    """A head that the signer has signed."""
    request = services.submit_request(
        actor="system:test",
        kind="CHECKPOINT",
        key=selectors.active_key("checkpoint").pk,
        subject="main",
        payload={"stream": "main", "from": 1, "to": 1, "entries": ["aa" * 32]},
        at=office.now,
    )
    office.answer_all()
    apply_checkpoint(request_id=request.pk)
    return Checkpoint.objects.get()


def present(office: Office, data: bytes) -> Any:
    file = SimpleUploadedFile("head.json", data)
    return office.post(f"{HEADS}add/", {"head": file})


def taken(office: Office, row: Checkpoint) -> bytes:
    return bytes(office.post(f"{HEADS}{row.pk}/do/take/").content)


def test_a_head_is_taken_away_as_anybody_can_verify_it(office: Office, row: Checkpoint) -> None:
    data = taken(office, row)
    head = SignedCheckpoint.read(json.loads(data))
    head.verify()
    published = (office.bench.directory / "public" / "checkpoints.jsonl").read_bytes()
    assert published == data
    assert (head.checkpoint.stream, head.checkpoint.position) == ("main", 1)


def test_the_signer_says_that_it_knows_it(office: Office, row: Checkpoint) -> None:
    answer = present(office, taken(office, row))
    request = SigningRequest.objects.get(kind="HEAD")
    assert answer["Location"] == f"/admin/hsm/signingrequest/{request.pk}/change/"
    office.answer_all()
    page = office.page(answer["Location"])
    assert "The signer knows this head; its store was not rewound." in page
    assert "Say whether the signer knows the head 1 of the stream main." in page
    assert standstill() is None


def test_a_copy_of_the_whole_file_is_presented_by_its_last_line(office: Office, row: Checkpoint) -> None:
    assert present(office, b"not read\n" + taken(office, row)).status_code == 302


@pytest.mark.parametrize("data", [b"{}", b"nothing", b"\xff\xfe", b"[" * 9000, b"\n"])
def test_what_is_no_head_does_not_reach_the_signer(office: Office, data: bytes) -> None:
    assert present(office, data).status_code == 400
    assert not SigningRequest.objects.filter(kind="HEAD").exists()
    assert AuditEntry.objects.filter(verb="hsm.head.present.refused").exists()


def test_a_changed_head_does_not_reach_the_signer(office: Office, row: Checkpoint) -> None:
    value = json.loads(taken(office, row))
    value["checkpoint"]["position"] = 2
    with pytest.raises(InvalidInputError) as refusal:
        present_head(actor=office.user, data=json.dumps(value).encode(), at=office.now)
    assert refusal.value.code == "bad_head"


def test_people_without_sight_of_the_keys_present_nothing(
    office: Office, row: Checkpoint, request: pytest.FixtureRequest
) -> None:
    http = logged_in(request.getfixturevalue("administrator"))
    answer: Any = http.post(f"{HEADS}add/", {"head": SimpleUploadedFile("head.json", taken(office, row))})
    assert answer.status_code in {302, 403}
    assert not SigningRequest.objects.filter(kind="HEAD").exists()


def test_the_same_head_is_asked_about_once_a_minute(office: Office, row: Checkpoint) -> None:
    """Later the store may have been turned back: then it is asked about again."""
    data = taken(office, row)
    addresses = {present(office, data)["Location"] for _ in range(3)}
    assert len(addresses) == 1
    office.answer_all()
    assert present(office, data)["Location"] in addresses
    office.bench.hands.pass_by(seconds=61)
    assert present(office, data)["Location"] not in addresses
    assert SigningRequest.objects.filter(kind="HEAD").count() == 2


def test_another_head_of_the_same_stream_is_another_question(office: Office, row: Checkpoint) -> None:
    office.bench.hands.pass_by(seconds=1)
    request = services.submit_request(
        actor="system:test",
        kind="CHECKPOINT",
        key=selectors.active_key("checkpoint").pk,
        subject="main",
        payload={"stream": "main", "from": 2, "to": 2, "entries": ["bb" * 32]},
        at=office.now,
    )
    office.answer_all()
    apply_checkpoint(request_id=request.pk)
    for one in Checkpoint.objects.all():
        assert present(office, taken(office, one)).status_code == 302
    assert SigningRequest.objects.filter(kind="HEAD").count() == 2

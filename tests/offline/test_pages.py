"""The page of a carried request: take it along, show it as pictures, bring the answer; documents likewise."""

import base64
import html
import io
import re
from dataclasses import dataclass, replace
from typing import Any

import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Http
from django.utils import translation
from PIL import Image

from custody.accounts.models import User
from custody.accounts.services import link_person
from custody.audit.models import AuditEntry
from custody.common import canonical, clock, parts
from custody.hsm import selectors as desk
from custody.hsm.admin import carry
from custody.hsm.carried import mirror_offline_signer
from custody.hsm.models import SignerIdentity, SigningKey, SigningRequest, SigningResult, TrustDraft
from custody.hsm.standing import standing
from custody.hsm.tasks import apply_trust
from custody.hsm.worklist import _unanswered
from custody.statements.answer import Answer
from custody.statements.fingerprint import fingerprint
from tests.cast import logged_in
from tests.hsm.conftest import store_is_the_signers
from tests.hsm.office import Office
from tests.offline.conftest import counter_of
from tests.offline.vault import NAME, ON_THE_QUEUE
from tests.signer.bench import Bench
from tests.signer.genesis import GENESIS, INSTANCE, MAKER, TREASURER
from tests.signer.officers import Officers

__all__ = ["store_is_the_signers"]

REQUESTS = "/admin/hsm/signingrequest/"


@dataclass
class CarryingOffice(Office):
    """The signer under test is the one without network; answers come by hand, through the page."""

    def __post_init__(self) -> None:
        self.officers = Officers(self.bench)
        self.http = logged_in(self.user)
        link_person(actor="system:test", user=self.user, person=MAKER, at=self.now)
        SignerIdentity.objects.create(
            instance=ON_THE_QUEUE, genesis="00" * 32, demo=True, policy=GENESIS.policy.to_bytes()
        )
        data = (self.bench.directory / "public" / "signer.json").read_bytes()
        mirror_offline_signer(data=data, name=NAME, words=fingerprint(data), at=self.now)
        self.speak("en")

    def taken_along(self, row: SigningRequest) -> bytes:
        response = self.post(f"{REQUESTS}{row.pk}/do/carry/")
        assert response["Content-Disposition"] == f'attachment; filename="{row.pk}.json"'
        return bytes(response.content)

    def at_the_console(self, data: bytes) -> Answer:
        counter = counter_of(self.bench)
        case = counter.look(data)
        return counter.answer(case, custodian=TREASURER, typed=case.word)

    def bring_answer(self, row: SigningRequest, data: bytes, *, as_text: bool = False) -> Any:
        if as_text:
            return self.post(f"{REQUESTS}{row.pk}/do/answer/", {"answer-text": data.decode()})
        file = SimpleUploadedFile("answer.json", data)
        return self.post(f"{REQUESTS}{row.pk}/do/answer/", {"answer-answer": file})

    def answer_all(self) -> None:
        for row in list(desk.unanswered_requests()):
            answer = self.at_the_console(self.taken_along(row))
            assert self.bring_answer(row, answer.to_bytes()).status_code == 302
            if row.kind == "TRUST":
                apply_trust(request_id=row.pk)


@pytest.fixture
def carrying(
    store_is_the_signers: None, security: User, bench: Bench, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> CarryingOffice:
    settings.SIGNER_PUBLIC_DIR = bench.directory / "nothing-published"
    monkeypatch.setattr(clock, "now", lambda: bench.hands.now)
    return CarryingOffice(bench, security)


def hold(office: CarryingOffice) -> SigningRequest:
    """A request with a signed document for the offline signer."""
    seal = SigningKey.objects.get(purpose="seal")
    draft = office.draft("HOLD", scope="KEY", ref=seal.pk, signer=INSTANCE)
    office.bring(draft, MAKER)
    assert office.do(draft, "submit").status_code == 302
    return office.last_request()


def test_a_document_for_the_offline_signer_goes_and_comes_by_hand(carrying: CarryingOffice) -> None:
    row = hold(carrying)
    draft = TrustDraft.objects.get()
    assert draft.offline == row.offline is not None
    page = carrying.page(f"/admin/hsm/trustdraft/{draft.pk}/change/")
    assert f"Carry the request to the offline signer {NAME}, and its answer back." in page
    carrying.answer_all()
    draft.refresh_from_db()
    assert draft.state == "ACCEPTED"
    row.offline.refresh_from_db()
    assert standing(row.offline).head("holds") == (1, draft.hash)
    assert standing().head("holds") == (0, "00" * 32)


def test_the_next_document_follows_the_head_that_was_carried_back(carrying: CarryingOffice) -> None:
    hold(carrying)
    carrying.answer_all()
    second = carrying.draft("KILL", signer=INSTANCE)
    assert second.epoch == 2
    carrying.bring(second, MAKER)
    assert carrying.submit(second).state == "ACCEPTED"


def test_an_approval_for_the_signer_on_the_queue_is_none_for_the_offline_one(
    carrying: CarryingOffice,
) -> None:
    draft = carrying.draft("KILL", signer=INSTANCE)
    data = canonical.encode(carrying.approval(draft, MAKER, instance=ON_THE_QUEUE).to_json())
    assert carrying.do(draft, "approve", {"approve-text": data.decode()}).status_code == 400
    assert not draft.approvals.exists()


def test_an_unknown_signer_drafts_nothing(carrying: CarryingOffice) -> None:
    fields = {"reason": "x", "life_hours": 2, "signer": "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C7"}
    assert carrying.post("/admin/hsm/trustdraft/add/?type=KILL", fields).status_code == 400
    assert not TrustDraft.objects.exists()


def test_the_page_says_where_the_request_has_to_go(carrying: CarryingOffice) -> None:
    row = hold(carrying)
    page = carrying.page(f"{REQUESTS}{row.pk}/change/")
    for words in (
        "Download the request",
        "Read the answer in",
        "Show as QR codes",
        f"to be carried to {NAME}",
    ):
        assert words in page
    assert f"to be carried to {NAME}" in carrying.page(REQUESTS)
    assert row.pk in carrying.page(f"{REQUESTS}?signer={INSTANCE}")
    assert row.pk not in carrying.page(f"{REQUESTS}?signer={ON_THE_QUEUE}")
    carrying.answer_all()
    page = carrying.page(f"{REQUESTS}{row.pk}/change/")
    assert "Read the answer in" not in page
    assert "Answer brought by" in page


def test_the_worklist_says_who_carries(carrying: CarryingOffice) -> None:
    hold(carrying)
    carrying.bench.hands.pass_by(seconds=61)
    with translation.override("en"):
        (row,) = _unanswered(carrying.user, carrying.now)
    assert (row.what, row.who) == (
        "Carry to the offline signer: Trust document", "Key custodian: carry request and answer",
    )  # fmt: skip


def test_the_pictures_of_the_page_are_the_request(carrying: CarryingOffice) -> None:
    row = hold(carrying)
    page = carrying.page(f"{REQUESTS}{row.pk}/qr/")
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    read = [
        zxingcpp.read_barcodes(Image.open(io.BytesIO(base64.b64decode(one))).convert("L"))[0].text
        for one in pictures
    ]
    assert parts.join(read, limit=canonical.MAX_REQUEST) == bytes(row.body)
    assert f"Part 1 of {len(pictures)}" in page


def test_a_request_of_too_many_parts_is_a_file_only(
    carrying: CarryingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = hold(carrying)
    monkeypatch.setattr(carry, "MAX_CODES", len(parts.split(bytes(row.body))) - 1)
    assert "Too long for QR codes, take the file." in carrying.page(f"{REQUESTS}{row.pk}/change/")
    assert carrying.http.get(f"{REQUESTS}{row.pk}/qr/").status_code == 404


def test_scanned_parts_are_taken_as_text(carrying: CarryingOffice) -> None:
    row = hold(carrying)
    data = "\n".join(parts.split(carrying.at_the_console(carrying.taken_along(row)).to_bytes())).encode()
    assert carrying.bring_answer(row, data, as_text=True).status_code == 302
    assert SigningResult.objects.get().outcome == "RECORDED"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"{}", "this is no answer of an offline signer"),
        (b"CUSTODY1:x", "this is no part, or a damaged one"),
        (b"", "Give a file or a text, one of both."),
    ],
)
def test_what_is_no_answer_is_said_at_the_field_and_recorded(
    carrying: CarryingOffice, data: bytes, sentence: str
) -> None:
    row = hold(carrying)
    response = carrying.bring_answer(row, data, as_text=True)
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not SigningResult.objects.exists()
    assert AuditEntry.objects.filter(verb="hsm.answer.carry_in.refused").exists() == bool(data)


def test_requests_of_the_signer_on_the_queue_are_not_carried(carrying: CarryingOffice) -> None:
    row = SigningRequest.objects.create(
        id="req_01KAJ8W0000000000000000077",
        kind="TRUST",
        subject="x",
        body=bytes(hold(carrying).body),
        created_at=carrying.now,
    )
    assert carrying.http.get(f"{REQUESTS}{row.pk}/qr/").status_code == 404
    page = carrying.page(f"{REQUESTS}{row.pk}/change/")
    assert "Read the answer in" not in page
    assert carrying.bring_answer(row, b"{}").status_code == 400


def test_who_may_not_see_keys_sees_no_pictures(
    carrying: CarryingOffice, mediator: User, auditor: User
) -> None:
    row = hold(carrying)
    assert logged_in(mediator).get(f"{REQUESTS}{row.pk}/qr/").status_code == 404
    reader: Http = logged_in(auditor)
    assert reader.get(f"{REQUESTS}{row.pk}/qr/").status_code == 200
    reader.post(f"{REQUESTS}{row.pk}/do/answer/", {"answer-text": "{}"})
    assert AuditEntry.objects.filter(verb="hsm.answer.carry_in.refused", actor=auditor).exists()


def test_the_key_page_names_the_offline_signer(carrying: CarryingOffice) -> None:
    key = SigningKey.objects.get(purpose="seal")
    assert NAME in carrying.page(f"/admin/hsm/signingkey/{key.pk}/change/")


def said(carrying: CarryingOffice, row: SigningRequest, data: bytes) -> str:
    """The page that refuses an answer which was pasted as text."""
    response = carrying.bring_answer(row, data, as_text=True)
    assert response.status_code == 400
    return html.unescape(response.content.decode())


def test_what_is_wrong_with_an_answer_is_said_in_german(carrying: CarryingOffice) -> None:
    row = hold(carrying)
    answer = carrying.at_the_console(carrying.taken_along(row))
    texts = parts.split(answer.to_bytes())
    first, *rest = answer.result.entries
    gap = replace(answer, entries=(), result=replace(answer.result, entries=(first, *rest[1:])))
    carrying.speak("de")
    missing = f"Von {len(texts)} Teilen fehlen: 1"
    assert missing in said(carrying, row, "\n".join(texts[1:]).encode())
    assert f"Der Eintrag {rest[1].seq} passt nicht in die Kette." in said(carrying, row, gap.to_bytes())
    assert not SigningResult.objects.exists()

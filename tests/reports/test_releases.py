"""A made report is released by two people: read, approved, sealed by the signer, verified by anybody."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from pytest_django import Settings

from custody.accounts.models import User
from custody.audit import linking
from custody.audit import selectors as audit
from custody.audit.models import AuditEntry
from custody.common import canonical
from custody.common.errors import CustodyError
from custody.documents.services import fetch_document
from custody.hsm.checkpoints import apply_checkpoint
from custody.hsm.models import SigningRequest
from custody.hsm.selectors import active_key
from custody.hsm.services import submit_request
from custody.reports import services, states, tasks
from custody.reports.identity import SignerIdentity, read_identity
from custody.reports.models import ReleaseApproval, ReportRelease, ReportRun
from custody.reports.proving import build_proof, build_release_proof
from custody.reports.sealing import PreparedSeal, with_certificates
from custody.reports.services import releases
from custody.reports.verification import verify_file
from custody.statements.approval import Approval
from custody.statements.display import show
from tests.cast import logged_in
from tests.hsm.conftest import office, store_is_the_signers  # noqa: F401 - fixtures
from tests.hsm.office import Office
from tests.signer.genesis import APPROVER, FIRST, THIRD


@dataclass
class Editor:
    """An officer in front of a made report; the signer of the tests stands behind the pages."""

    office: Office
    user: User
    run: ReportRun

    def __post_init__(self) -> None:
        self.http = logged_in(self.user)
        self.http.post("/account/language/", {"language": "en", "next": "/admin/"})

    @property
    def release(self) -> ReportRelease:
        return ReportRelease.objects.order_by("-drafted_at", "-pk")[0]

    def do(self, name: str, data: dict[str, Any] | None = None) -> Any:
        return self.http.post(reverse("admin:reports_reportrun_do", args=[self.run.pk, name]), data or {})

    def page(self) -> str:
        answer: Any = self.http.get(reverse("admin:reports_reportrun_change", args=[self.run.pk]))
        return str(answer.content.decode())

    def approval(self, who: str, **changes: Any) -> Approval:
        return self.office.officers.approval(releases.document_of(self.release), who, **changes)

    def bring(self, approval: Approval) -> Any:
        file = SimpleUploadedFile("approval.json", canonical.encode(approval.to_json()))
        return self.do("approve-release", {"approve-release-approval": file})

    def ask(self) -> ReportRelease:
        """Hand it to the signer and take its answer in."""
        assert self.do("ask-release").status_code == 302
        self.office.answer_all()
        tasks.apply_seal(request_id=self.release.request)
        return self.release

    def released(self) -> ReportRelease:
        """All the way."""
        self.do("release")
        for who in (FIRST, THIRD):
            assert self.bring(self.approval(who)).status_code == 302
        return self.ask()

    def file(self, sha256: str) -> bytes:
        return fetch_document(subject=self.run.document_subject, sha256=sha256)


def made_run(office: Office) -> ReportRun:  # noqa: F811
    run = services.request_report(actor="system:test", report="R3", about="2026-10", at=office.now)
    services.collect_run(run_id=run.pk, at=office.now)
    services.prepare_run(run_id=run.pk, at=office.now)
    office.answer_all()
    run.refresh_from_db()
    tasks.apply_seal(request_id=run.seal_request)
    run.refresh_from_db()
    assert run.state == states.MADE
    return run


@pytest.fixture
def editor(office: Office, officer: User) -> Editor:  # noqa: F811 - the fixture
    return Editor(office, officer, made_run(office))


@pytest.fixture
def identity(editor: Editor, settings: Settings) -> SignerIdentity:
    return read_identity(settings.SIGNER_PUBLIC_DIR / "signer.json")


def refused(action: Any, **named: Any) -> str:
    with pytest.raises(CustodyError) as refusal:
        action(**named)
    return refusal.value.code


def test_a_draft_is_released_and_says_so(editor: Editor, identity: SignerIdentity) -> None:
    release = editor.released()
    assert release.state == states.RELEASED
    draft, final = editor.file(editor.run.file_sha256), editor.file(release.file_sha256)
    assert verify_file(draft, identity=identity).says == "DRAFT"
    found = verify_file(final, identity=identity)
    assert (found.ok, found.says) == (True, "RELEASED")
    assert "Custody RELEASED seal" in found.sealed_by


def test_a_release_takes_no_warning_away_and_names_who_asked(editor: Editor) -> None:
    assert "command at the console" in editor.page()
    ReportRun.objects.filter(pk=editor.run.pk).update(requested_by=editor.user, is_complete=False)
    assert "made, incomplete: the month was running" in editor.page()
    editor.released()
    page = editor.page()
    assert '<span aria-hidden="true">!</span> made and released, incomplete' in page
    assert "made and released</span>" not in page
    assert f"<dt>Made by</dt><dd>{editor.user.name}</dd>" in page


def test_nothing_but_the_seal_differs(editor: Editor) -> None:
    """What people have read is what is released."""
    release, run = editor.released(), editor.run
    draft, final = editor.file(run.file_sha256), editor.file(release.file_sha256)
    assert draft != final
    start, end = run.region_start or 0, run.region_end or 0
    assert (draft[:start], draft[end:]) == (final[:start], final[end:])


def test_the_release_is_checked_against_the_file_before_it_is_approved(
    editor: Editor, identity: SignerIdentity
) -> None:
    editor.do("release")
    document = releases.document_of(editor.release)
    draft = editor.file(editor.run.file_sha256)
    assert verify_file(draft, identity=identity, release=document).release == "valid"
    for changes, word in (
        ({"digest": "11" * 32}, "is of another file"),
        ({"twin": "11" * 32}, "is of another file"),
        ({"period": "2026-09"}, "names another report than the file"),
        ({"report": "R7"}, "names another report than the file"),
        ({"instance": "ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4"}, "is of another instance"),
    ):
        other = type(document).from_json(document.to_json() | changes)
        finding = verify_file(draft, identity=identity, release=other)
        assert (finding.ok, finding.release) == (False, word)


def test_the_command_tells_what_the_seal_says(
    editor: Editor, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = ("--identity", str(settings.SIGNER_PUBLIC_DIR / "signer.json"))
    editor.do("release")
    (tmp_path / "R.json").write_bytes(editor.do("take-release").content)
    shown = show((tmp_path / "R.json").read_bytes(), language="en").text
    page = editor.page()
    for name, value in json.loads((tmp_path / "R.json").read_bytes()).items():
        if name in {"digest", "twin"}:
            assert " ".join(value[i : i + 4] for i in range(0, 64, 4)) in " ".join(shown.split())
            assert f'data-copy="{value}"' in page
    for label in ("File (SHA-256 of the sealed range)", "Machine-readable twin (SHA-256)"):
        assert label in shown
        assert label in page
    (tmp_path / "F.pdf").write_bytes(editor.file(editor.run.file_sha256))
    call_command("verify_report", str(tmp_path / "F.pdf"), *known, "--release", str(tmp_path / "R.json"))
    text = capsys.readouterr().out
    assert "State: DRAFT, made by the machine, released by nobody" in text
    assert "Release to be approved: valid" in text
    for who in (FIRST, THIRD):
        editor.bring(editor.approval(who))
    (tmp_path / "G.pdf").write_bytes(editor.file(editor.ask().file_sha256))
    call_command("verify_report", str(tmp_path / "G.pdf"), *known, "--json")
    assert json.loads(capsys.readouterr().out)["says"] == "RELEASED"


def test_the_released_file_has_a_proof_of_its_own(editor: Editor, identity: SignerIdentity) -> None:
    release = editor.released()
    linking.link_entries()
    position, _ = audit.stream_head("main")
    row = submit_request(
        actor="system:test", kind="CHECKPOINT", key=active_key("checkpoint").pk, subject="main",
        payload={"stream": "main", "from": 1, "to": position,
                 "entries": audit.entry_hashes("main", first=1, last=position)},
        at=editor.office.now,
    )  # fmt: skip
    editor.office.answer_all()
    apply_checkpoint(request_id=row.pk)
    final = editor.file(release.file_sha256)
    found = verify_file(final, identity=identity, proof=build_release_proof(editor.run))
    assert (found.ok, found.audit) == (True, "valid")
    other = verify_file(final, identity=identity, proof=build_proof(editor.run))
    assert other.audit == "file is not the recorded one"


def test_the_released_file_is_downloaded_and_that_recorded(editor: Editor) -> None:
    release = editor.released()
    answer = editor.do("download-release")
    assert answer.content == editor.file(release.file_sha256)
    assert answer["Content-Disposition"] == 'attachment; filename="R3-2026-10-v1-released.pdf"'


def test_with_one_approval_the_signer_refuses_and_another_helps(editor: Editor) -> None:
    editor.do("release")
    editor.bring(editor.approval(FIRST))
    release = editor.ask()
    assert (release.state, release.rule) == (states.OPEN, "approvals_missing")
    assert "Too few people with the needed role have approved." in editor.page()
    editor.bring(editor.approval(THIRD))
    assert editor.ask().state == states.RELEASED


def test_people_of_another_role_do_not_release(editor: Editor) -> None:
    editor.do("release")
    for who in (FIRST, APPROVER):
        editor.bring(editor.approval(who))
    assert editor.ask().rule == "approvals_missing"


def test_a_rejection_ends_it_and_a_new_release_begins(editor: Editor) -> None:
    editor.do("release")
    editor.bring(editor.approval(FIRST, verdict="REJECT"))
    assert editor.release.state == states.REJECTED
    assert editor.do("ask-release").status_code == 400
    editor.office.bench.hands.pass_by(seconds=1)
    assert editor.released().state == states.RELEASED


def test_a_rejection_that_only_the_signer_knows_ends_it_here(editor: Editor) -> None:
    editor.do("release")
    editor.bring(editor.approval(FIRST))
    no = editor.approval(THIRD, verdict="REJECT")
    ReleaseApproval.objects.create(
        release=editor.release, person=THIRD, verdict="APPROVE", statement=no.statement.hash,
        body=canonical.encode(no.to_json()), expires_at=no.statement.expires_at,
        handed_in_by=editor.user, handed_in_at=editor.office.now,
    )  # fmt: skip
    assert editor.ask().state == states.REJECTED


def test_an_approval_about_something_else_is_not_kept(editor: Editor) -> None:
    editor.do("release")
    document = releases.document_of(editor.release)
    other = type(document).from_json(document.to_json() | {"period": "2026-09"})
    assert editor.bring(editor.office.officers.approval(other, FIRST)).status_code == 400
    late = editor.approval(FIRST, expires_at=document.expires_at + timedelta(seconds=1))
    assert editor.bring(late).status_code == 400
    assert editor.bring(editor.approval(FIRST, policy="22" * 32)).status_code == 400
    assert not ReleaseApproval.objects.exists()


def test_the_same_approval_is_kept_once(editor: Editor) -> None:
    editor.do("release")
    approval = editor.approval(FIRST)
    editor.bring(approval)
    editor.bring(approval)
    assert ReleaseApproval.objects.count() == 1


def test_approvals_whose_time_is_over_stay_behind(editor: Editor) -> None:
    editor.do("release")
    editor.bring(editor.approval(FIRST))
    editor.office.bench.hands.pass_by(hours=2)
    editor.bring(editor.approval(THIRD))
    assert editor.ask().rule == "approvals_missing"
    editor.bring(editor.approval(FIRST))
    assert editor.ask().state == states.RELEASED


def test_a_release_whose_time_is_over_makes_room_for_the_next(editor: Editor) -> None:
    editor.do("release")
    first = editor.release
    at = first.expires_at
    taken: dict[str, Any] = {"actor": editor.user, "run_id": editor.run.pk, "at": at}
    assert refused(releases.ask_for_release, **taken) == "expired"
    releases.draft_release(**taken)
    first.refresh_from_db()
    assert first.state == states.EXPIRED


def test_there_is_one_release_at_a_time(editor: Editor) -> None:
    editor.released()
    taken = {"actor": editor.user, "run_id": editor.run.pk, "at": editor.office.now}
    assert refused(releases.draft_release, **taken) == "release_standing"
    assert refused(releases.ask_for_release, **taken) == "wrong_state"


def test_the_answer_is_taken_once_and_again_when_its_message_was_lost(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks, "enqueue_on_commit", lambda _name, **ids: started.append(ids))
    editor.do("release")
    for who in (FIRST, THIRD):
        editor.bring(editor.approval(who))
    editor.do("ask-release")
    editor.office.answer_all()
    tasks.resume_runs()
    assert started == [{"request_id": editor.release.request}]
    for _ in range(2):
        tasks.apply_seal(**started[0])
    assert editor.release.state == states.RELEASED


def test_nothing_is_released_before_it_is_made(office: Office, officer: User) -> None:  # noqa: F811
    run = services.request_report(actor="system:test", report="R3", about="2026-10", at=office.now)
    taken = {"actor": officer, "run_id": run.pk, "at": office.now}
    assert refused(releases.draft_release, **taken) == "report_not_made"
    assert refused(releases.download_release, **taken) == "report_not_released"
    assert refused(build_release_proof, run=run) == "report_not_released"


def test_others_release_nothing(editor: Editor, auditor: User) -> None:
    other = Editor(editor.office, auditor, editor.run)
    for name in ("release", "approve-release", "ask-release"):
        assert other.do(name).status_code == 400
    recorded = AuditEntry.objects.filter(verb__endswith="_release.refused", actor=auditor)
    assert recorded.count() == 3
    assert not ReportRelease.objects.exists()
    assert SigningRequest.objects.filter(kind="CMS_SEAL").count() == 1


def test_a_place_that_is_too_small_is_said_before_anybody_is_asked(
    editor: Editor, identity: SignerIdentity
) -> None:
    (_, known), _ = identity.certificates
    small = PreparedSeal(file=b"", signed_attributes=bytes(editor.run.signed_attributes or b""),
                         region_start=0, region_end=1000)  # fmt: skip
    assert refused(lambda: with_certificates(small, known)) == "no_place_for_seal"


def test_a_release_that_is_not_there_is_not_taken(editor: Editor) -> None:
    assert editor.do("take-release").status_code == 400

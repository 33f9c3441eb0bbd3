"""Scheduled reports reach the export folder whole, with their proof, once."""

import os
from pathlib import Path

import pytest
from pytest_django import Settings

from custody.audit.models import AuditEntry
from custody.common.errors import CustodyError
from custody.reports import services, tasks
from custody.reports.identity import SignerIdentity
from custody.reports.models import ReportRun
from custody.reports.proofs import Proof
from custody.reports.services import request_report
from custody.reports.verification import verify_file
from tests.cast import AT
from tests.reports.desk import Desk


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.EXPORT_DIR = tmp_path / "exports"
    return tmp_path / "exports"


@pytest.fixture
def scheduled(desk: Desk, folder: Path) -> ReportRun:
    """A made report of the schedule, under no checkpoint yet."""
    run = request_report(actor="system:beat", report="R3", about="latest", at=AT, is_scheduled=True)
    return desk.make(run)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_waits_for_a_checkpoint(scheduled: ReportRun, folder: Path) -> None:
    assert not services.export_run(run_id=scheduled.pk, at=AT)
    assert names(folder) == []


def test_writes_file_and_proof(
    desk: Desk, scheduled: ReportRun, folder: Path, published: SignerIdentity
) -> None:
    desk.checkpoint()
    assert tasks.export_made() == 1
    assert names(folder) == ["R3-2026-10-v1.pdf", "R3-2026-10-v1.proof.json"]
    pdf = (folder / "R3-2026-10-v1.pdf").read_bytes()
    proof = Proof.from_bytes((folder / "R3-2026-10-v1.proof.json").read_bytes())
    assert verify_file(pdf, identity=published, proof=proof).ok


def test_writes_once(desk: Desk, scheduled: ReportRun, folder: Path) -> None:
    desk.checkpoint()
    tasks.export_made()
    (folder / "R3-2026-10-v1.pdf").unlink()
    assert tasks.export_made() == 0
    assert AuditEntry.objects.filter(verb="reports.run.exported").count() == 1


def test_writes_the_same_again_after_a_crash(desk: Desk, scheduled: ReportRun, folder: Path) -> None:
    desk.checkpoint()
    tasks.export_made()
    before = (folder / "R3-2026-10-v1.proof.json").read_bytes()
    ReportRun.objects.update(exported_at=None)
    tasks.export_made()
    assert (folder / "R3-2026-10-v1.proof.json").read_bytes() == before


def test_leaves_no_half_file_when_the_disk_is_full(
    desk: Desk, scheduled: ReportRun, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    desk.checkpoint()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        tasks.export_made()
    scheduled.refresh_from_db()
    assert (names(folder), scheduled.exported_at) == ([], None)


def test_exports_nothing_made_by_hand(desk: Desk, made: ReportRun, folder: Path) -> None:
    assert tasks.export_made() == 0
    assert names(folder) == []


def test_is_not_possible_before_the_report_is_made(desk: Desk, run: ReportRun, folder: Path) -> None:
    with pytest.raises(CustodyError, match="not made yet"):
        services.export_run(run_id=run.pk, at=AT)

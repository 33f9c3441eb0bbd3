"""Reports with the real worker, signer and token: made, sealed, proved, exported once."""

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from custody.common import clock
from custody.reports import states
from custody.reports.identity import read_identity
from custody.reports.models import ReportRun
from custody.reports.periods import last_complete_month
from custody.reports.proofs import Proof
from custody.reports.services import requests
from custody.reports.verification import verify_file
from scripts.embedded.world import World
from tests.harness.waiting import eventually

pytestmark = pytest.mark.xdist_group("live")


def rendered(output: Path, *arguments: str) -> dict[str, Any]:
    text = io.StringIO()
    call_command("render_report", *arguments, "--output", str(output), "--json", stdout=text)
    result: dict[str, Any] = json.loads(text.getvalue())
    return result


def test_a_report_is_made_sealed_and_proved(live: World, tmp_path: Path) -> None:
    result = rendered(tmp_path / "F.pdf", "R3", "--period", "latest")
    assert (result["report"], result["about"]) == ("R3", str(last_complete_month(clock.now())))
    identity = read_identity(Path(settings.SIGNER_PUBLIC_DIR) / "signer.json")
    proof = Proof.from_bytes((tmp_path / "F.proof.json").read_bytes())
    finding = verify_file((tmp_path / "F.pdf").read_bytes(), identity=identity, proof=proof)
    assert (finding.ok, finding.seal, finding.twin, finding.audit) == (True, "valid", "valid", "valid")
    program = shutil.which("pdfsig")
    assert program, "install poppler-utils"
    done = subprocess.run([program, "F.pdf"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Signature Validation: Signature is Valid." in done.stdout


def test_the_running_month_is_made_without_seal(live: World, tmp_path: Path) -> None:
    month = last_complete_month(clock.now()).next()
    result = rendered(tmp_path / "G.pdf", "R3", "--period", str(month), "--unsealed")
    assert result["complete"] is False
    assert (tmp_path / "G.pdf").read_bytes().startswith(b"%PDF-")
    assert not (tmp_path / "G.proof.json").exists()


def test_the_schedule_exports_the_last_month_once(live: World) -> None:
    """Beat of the live world asked for it by itself, whatever else asks for it besides."""
    month = str(last_complete_month(clock.now()))

    def exported() -> ReportRun | None:
        return ReportRun.objects.filter(period=month, is_scheduled=True).exclude(exported_at=None).first()

    run = eventually(exported, timeout=180, what="the export of the scheduled report")
    assert run is not None
    again = requests.request_report(
        actor="system:beat", report="R3", about=month, at=clock.now(), is_scheduled=True
    )
    assert (again.pk, run.state) == (run.pk, states.MADE)
    assert ReportRun.objects.filter(period=month, is_scheduled=True).count() == 1
    folder = Path(settings.EXPORT_DIR)
    name = run.file_name.removesuffix(".pdf")
    assert {path.name for path in folder.glob(f"{name}*")} == {f"{name}.pdf", f"{name}.proof.json"}

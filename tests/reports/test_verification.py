"""What an examiner finds: any changed byte with the proof, the seal and twin without it."""

import io
import json
import shutil
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from custody.common import canonical
from custody.documents.services import fetch_document
from custody.reports.identity import SignerIdentity, read_identity
from custody.reports.models import ReportRun
from custody.reports.proofs import Proof, build_proof
from custody.reports.sealing import complete_seal, prepare_seal
from custody.reports.services import unsealed_file
from custody.reports.verification import verify_file
from tests.reports.desk import Desk, raw_signature, with_twin

FLIPS = 60


@pytest.fixture
def pdf(made: ReportRun) -> bytes:
    return fetch_document(subject=made.document_subject, sha256=made.file_sha256)


@pytest.fixture
def proof(made: ReportRun, pdf: bytes) -> Proof:
    return build_proof(made)


def flipped(pdf: bytes, place: int) -> bytes:
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def contents_gap(pdf: bytes) -> range:
    """The hex digits of the signature, which no PDF signature covers."""
    start = pdf.index(b"/Contents <") + len(b"/Contents <")
    return range(start, pdf.index(b">", start))


def sealed_by(desk: Desk, pdf: bytes) -> bytes:
    """``pdf`` under a seal of this desk's key."""
    prepared = prepare_seal(pdf, certificates=desk.certificates)
    signature = raw_signature(desk.keys["seal"], sha256(prepared.signed_attributes).digest())
    return complete_seal(prepared, signature=signature, certificates=desk.certificates)


def test_accepts_the_report(pdf: bytes, proof: Proof, published: SignerIdentity, made: ReportRun) -> None:
    finding = verify_file(pdf, identity=published, proof=proof)
    assert (finding.ok, finding.seal, finding.twin, finding.audit) == (True, "valid", "valid", "valid")
    assert finding.report["run"] == made.pk
    assert "Test seal" in finding.sealed_by


def test_says_that_the_record_is_not_checked_without_proof(pdf: bytes, published: SignerIdentity) -> None:
    finding = verify_file(pdf, identity=published)
    assert (finding.ok, finding.audit) == (True, "not checked")


def test_refuses_any_changed_byte_with_the_proof(pdf: bytes, proof: Proof, published: SignerIdentity) -> None:
    for place in [*range(0, len(pdf), len(pdf) // FLIPS), contents_gap(pdf)[-1]]:
        assert not verify_file(flipped(pdf, place), identity=published, proof=proof).ok, place


def test_refuses_any_changed_byte_of_the_signed_ranges_by_the_seal_alone(
    pdf: bytes, published: SignerIdentity
) -> None:
    gap = contents_gap(pdf)
    signed = [place for place in range(len(pdf)) if place not in range(gap[0] - 1, gap[-1] + 2)]
    for place in signed[:: len(signed) // FLIPS]:
        assert verify_file(flipped(pdf, place), identity=published).seal != "valid", place


def test_refuses_an_appended_update(pdf: bytes, published: SignerIdentity) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.root["/Lang"] = generic.TextStringObject("en")
    writer.update_root()  # type: ignore[no-untyped-call]
    output = io.BytesIO()
    writer.write(output)  # type: ignore[no-untyped-call]
    finding = verify_file(output.getvalue(), identity=published)
    assert finding.seal == "file was changed after the seal"


def test_refuses_a_file_without_seal(made: ReportRun, published: SignerIdentity) -> None:
    finding = verify_file(unsealed_file(made), identity=published)
    assert (finding.ok, finding.seal) == (False, "0 signatures instead of one")


def test_refuses_the_seal_of_somebody_else(made: ReportRun, published: SignerIdentity) -> None:
    forged = sealed_by(Desk.open(), unsealed_file(made))
    assert verify_file(forged, identity=published).seal == "certificate is not the signer's"


def test_refuses_a_second_embedded_file(desk: Desk, made: ReportRun, published: SignerIdentity) -> None:
    with pikepdf.open(io.BytesIO(unsealed_file(made))) as document:
        (file,) = document.attachments.values()
        document.attachments["more.json"] = file
        output = io.BytesIO()
        document.save(output)
    finding = verify_file(sealed_by(desk, output.getvalue()), identity=published)
    assert (finding.ok, finding.twin) == (False, "2 embedded files instead of one")


def test_refuses_the_record_of_another_installation(
    pdf: bytes, proof: Proof, published: SignerIdentity
) -> None:
    other = replace(published, instance="ins_01KAJ8M3V6Q2W9X4Y7Z0A1B2C4")
    finding = verify_file(pdf, identity=other, proof=proof)
    assert (finding.ok, finding.audit) == (False, "checkpoint is of another instance")


def test_refuses_another_twin_under_a_true_seal(
    desk: Desk, made: ReportRun, proof: Proof, published: SignerIdentity
) -> None:
    unsealed = unsealed_file(made)
    with pikepdf.open(io.BytesIO(unsealed)) as document:
        (file,) = document.attachments.values()
        twin = json.loads(file.get_file().read_bytes())
    forged = canonical.encode({**twin, "run": "run_forged"})
    other = with_twin(unsealed, twin=forged, name="twin.json")
    finding = verify_file(sealed_by(desk, other), identity=published, proof=proof)
    assert (finding.seal, finding.twin) == ("valid", "differs from the recorded one")
    assert finding.audit == "file is not the recorded one"


def test_refuses_bytes_that_are_no_pdf(published: SignerIdentity) -> None:
    finding = verify_file(b"no report at all", identity=published)
    assert (finding.ok, finding.seal.partition(" ")[0], finding.twin.partition(" ")[0]) == (
        False, "unreadable", "unreadable",
    )  # fmt: skip


def test_poppler_finds_the_signature_valid(pdf: bytes, tmp_path: Path) -> None:
    program = shutil.which("pdfsig")
    assert program, "install poppler-utils"
    (tmp_path / "report.pdf").write_bytes(pdf)
    output = subprocess.run(
        [program, "-nocert", "report.pdf"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "Signature Validation: Signature is Valid." in output.stdout
    assert "Total document signed" in output.stdout


@pytest.fixture
def files(desk: Desk, pdf: bytes, proof: Proof, tmp_path: Path) -> dict[str, Any]:
    """Arguments of the command, with all files in place."""
    (tmp_path / "F.pdf").write_bytes(pdf)
    (tmp_path / "F.proof.json").write_bytes(proof.to_bytes())
    return {
        "file": tmp_path / "F.pdf",
        "proof": tmp_path / "F.proof.json",
        "identity": desk.publish(tmp_path),
        "as_json": True,
    }


def command(files: dict[str, Any], **changes: Any) -> dict[str, Any]:
    output = io.StringIO()
    values = files | changes
    call_command("verify_report", str(values.pop("file")), stdout=output, **values)
    result: dict[str, Any] = json.loads(output.getvalue())
    return result


def test_the_command_prints_one_object(files: dict[str, Any]) -> None:
    result = command(files)
    assert (result["ok"], result["audit"]) == (True, "valid")
    assert command(files, proof=None)["audit"] == "not checked"


def test_the_command_ends_with_one_for_a_changed_file(files: dict[str, Any]) -> None:
    path = files["file"]
    path.write_bytes(flipped(path.read_bytes(), 1000))
    with pytest.raises(CommandError, match="audit: file is not the recorded one") as caught:
        command(files)
    assert caught.value.returncode == 1


@pytest.mark.parametrize(
    ("name", "content"), [("proof", b"{}"), ("identity", b"{}"), ("identity", b"nothing")]
)
def test_the_command_names_a_file_it_cannot_use(files: dict[str, Any], name: str, content: bytes) -> None:
    files[name].write_bytes(content)
    with pytest.raises(CommandError) as caught:
        command(files)
    assert caught.value.returncode == 1


def test_the_command_names_a_missing_file(files: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"unreadable_file: G\.pdf: No such file"):
        command(files, file=tmp_path / "G.pdf")


def test_an_identity_without_certificate_is_not_enough(tmp_path: Path) -> None:
    path = tmp_path / "signer.json"
    path.write_text('{"instance":"ins_1","keys":[]}')
    with pytest.raises(Exception, match="has not published"):
        read_identity(path)

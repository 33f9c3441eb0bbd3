"""What an examiner finds: any changed byte with the proof, the seal and twin without it."""

import io
import json
import shutil
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from custody.common import canonical
from custody.documents.services import fetch_document
from custody.reports.identity import SignerIdentity
from custody.reports.models import ReportRun
from custody.reports.proofs import Proof
from custody.reports.proving import build_proof
from custody.reports.sealing import complete_seal, prepare_seal
from custody.reports.services import unsealed_file
from custody.reports.verification import verify_file
from tests.reports.desk import Desk, raw_signature, with_twin

FLIPS = 60
PROGRAM = Path(__file__).parents[2] / "scripts" / "verify_report"


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
def files(desk: Desk, pdf: bytes, proof: Proof, tmp_path: Path) -> Path:
    """A directory with all an examiner was given."""
    (tmp_path / "F.pdf").write_bytes(pdf)
    (tmp_path / "F.proof.json").write_bytes(proof.to_bytes())
    desk.publish(tmp_path)
    return tmp_path


NO_WORLD = {"PATH": "/usr/bin:/bin"}
WITH_PROOF = ("F.pdf", "--identity", "signer.json", "--proof", "F.proof.json")


def examine(files: Path, *words: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the program in a world without any of ours."""
    done = subprocess.run(
        [PROGRAM, *words],
        cwd=files,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_an_examiner_verifies_alone(files: Path, made: ReportRun) -> None:
    code, text, errors = examine(files, *WITH_PROOF)
    assert (code, errors) == (0, "")
    assert text.splitlines()[:2] == [
        f"Report R3 about 2026-10, version 1, run {made.pk}",
        "Result: whole",
    ]
    assert "Audit record: valid" in text


def test_without_a_proof_the_report_is_partly_checked_only(files: Path) -> None:
    code, text, _ = examine(files, "F.pdf", "--identity", "signer.json")
    assert code == 0
    assert "Result: partly checked: no proof given" in text


def test_the_program_prints_one_object(files: Path) -> None:
    code, text, _ = examine(files, *WITH_PROOF, "--json")
    found = json.loads(text)
    assert (code, found["ok"], found["audit"], found["result"]) == (0, True, "valid", "whole")


def test_the_program_ends_with_one_for_a_changed_file(files: Path) -> None:
    path = files / "F.pdf"
    path.write_bytes(flipped(path.read_bytes(), 1000))
    code, text, _ = examine(files, *WITH_PROOF)
    assert code == 1
    assert "Result: not what was sealed and recorded" in text
    assert "Audit record: WRONG: file is not the recorded one" in text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("F.proof.json", b"{}", "F.proof.json: is no proof of a report"),
        ("signer.json", b"{}", "signer.json: does not say keys and certificates of a signer"),
        ("signer.json", b"nothing", "signer.json: does not say keys and certificates of a signer"),
        ("signer.json", b'{"instance":"ins_1","keys":[]}', "signer.json: does not say keys"),
        ("F.pdf", None, "F.pdf: No such file or directory"),
        ("signer.json", None, "signer.json: No such file or directory"),
        ("F.proof.json", None, "F.proof.json: No such file or directory"),
    ],
)
def test_the_program_names_a_file_it_cannot_use(
    files: Path, name: str, content: bytes | None, message: str
) -> None:
    if content is None:
        (files / name).unlink()
    else:
        (files / name).write_bytes(content)
    code, text, errors = examine(files, *WITH_PROOF)
    assert (code, text) == (2, "")
    assert errors.startswith(f"verify_report: {message}")

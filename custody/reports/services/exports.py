"""Writes made reports into the export folder: whole files only, each under its own name once."""

import os
import tempfile
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from custody.documents.services import fetch_document
from custody.reports.proving import ProofNotReadyError, build_proof
from custody.reports.services.record import SYSTEM, record_step
from custody.reports.services.requests import locked_run

PROOF_SUFFIX = ".proof.json"


@transaction.atomic
def export_run(*, run_id: str, at: datetime) -> bool:
    """Write PDF and proof of a made, scheduled run; False while no checkpoint covers it.

    Writing again after a crash gives the same bytes under the same names.
    """
    run = locked_run(run_id)
    if run.exported_at is not None:
        return True
    try:
        proof = build_proof(run)
    except ProofNotReadyError:
        return False
    folder = Path(settings.EXPORT_DIR)
    pdf = fetch_document(subject=run.document_subject, sha256=run.file_sha256)
    write_file(folder / run.file_name, pdf)
    write_file(proof_path(folder / run.file_name), proof.to_bytes())
    run.exported_at = at
    run.save(update_fields=["exported_at"])
    record_step(run, "exported", actor=SYSTEM, at=at, file_sha256=run.file_sha256)
    return True


def proof_path(pdf: Path) -> Path:
    """``F.pdf`` has its proof in ``F.proof.json``."""
    return pdf.with_suffix(PROOF_SUFFIX)


def write_file(path: Path, content: bytes) -> None:
    """Write ``content`` so that a reader sees the whole file or none, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o640)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise

"""Verifies a report as an examiner does: seal, embedded twin, and with a proof the audit record.

Needs the file, the signer's published identity and the proof file; no database. Relies on pyHanko
for the seal and pikepdf for the embedded file.
"""

import hashlib
import io
from dataclasses import asdict, dataclass, field
from typing import Any

import pikepdf
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from custody.common.errors import InvalidInputError
from custody.reports.identity import SignerIdentity
from custody.reports.proofs import Proof
from custody.reports.twin import decode_twin

NOT_CHECKED = "not checked"
VALID = "valid"


@dataclass
class Finding:
    """``seal``, ``twin`` and ``audit`` say "valid", "not checked" or what is wrong."""

    file_sha256: str
    seal: str = NOT_CHECKED
    twin: str = NOT_CHECKED
    audit: str = NOT_CHECKED
    report: dict[str, Any] = field(default_factory=dict)
    sealed_by: str = ""
    ok: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def verify_file(pdf: bytes, *, identity: SignerIdentity, proof: Proof | None = None) -> Finding:
    """Check everything that can be checked; ``ok`` is True when nothing is wrong."""
    finding = Finding(file_sha256=hashlib.sha256(pdf).hexdigest())
    finding.seal, finding.sealed_by = _check_seal(pdf, identity)
    finding.twin, finding.report = _check_twin(pdf, proof)
    if proof is not None:
        finding.audit = _check_proof(proof, finding.file_sha256, identity)
    finding.ok = finding.seal == finding.twin == VALID and finding.audit in {VALID, NOT_CHECKED}
    return finding


def _check_seal(pdf: bytes, identity: SignerIdentity) -> tuple[str, str]:
    """One signature over the whole file, by the published certificate, nothing added afterwards."""
    context = ValidationContext(trust_roots=list(identity.certificates.chain), allow_fetching=False)
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if len(signatures) != 1:
            return f"{len(signatures)} signatures instead of one", ""
        status = validate_pdf_signature(signatures[0], signer_validation_context=context)
    except Exception as error:  # readers fail in many ways on hostile bytes, and all mean the same
        return f"unreadable ({type(error).__name__})", ""
    name = str(status.signing_cert.subject.human_friendly)
    if not (status.intact and status.valid):
        return "bytes differ from what was sealed", name
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        return "file was changed after the seal", name
    if not status.trusted or status.signing_cert.sha256 != identity.certificates.seal.sha256:
        return "certificate is not the signer's", name
    return VALID, name


def _check_twin(pdf: bytes, proof: Proof | None) -> tuple[str, dict[str, Any]]:
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            files = [item.get_file().read_bytes() for item in document.attachments.values()]
        if len(files) != 1:
            return f"{len(files)} embedded files instead of one", {}
        twin = decode_twin(files[0])
        about = {name: twin[name] for name in ("schema", "report", "about", "run", "version")}
    except Exception as error:  # as above
        return f"unreadable ({type(error).__name__})", {}
    recorded = proof.entry.get("payload", {}).get("twin_sha256") if proof else None
    if recorded not in {None, hashlib.sha256(files[0]).hexdigest()}:
        return "differs from the recorded one", about
    return VALID, about


def _check_proof(proof: Proof, file_sha256: str, identity: SignerIdentity) -> str:
    try:
        proof.verify(file_sha256=file_sha256, checkpoint_key=identity.checkpoint_key)
    except InvalidInputError as error:
        return error.detail
    if proof.checkpoint.instance != identity.instance:
        return "checkpoint is of another instance"
    return VALID

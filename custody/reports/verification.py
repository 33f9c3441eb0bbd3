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
from custody.statements.release import Release

NOT_CHECKED = "not checked"
VALID = "valid"


@dataclass
class Finding:
    """``seal``, ``twin``, ``audit`` and ``release`` say "valid", "not checked" or what is wrong.

    ``says``: DRAFT or RELEASED, by the certificate of a valid seal; empty otherwise.
    """

    file_sha256: str
    seal: str = NOT_CHECKED
    twin: str = NOT_CHECKED
    audit: str = NOT_CHECKED
    release: str = NOT_CHECKED
    report: dict[str, Any] = field(default_factory=dict)
    sealed_by: str = ""
    says: str = ""
    ok: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def verify_file(
    pdf: bytes, *, identity: SignerIdentity, proof: Proof | None = None, release: Release | None = None
) -> Finding:
    """Check everything that can be checked; ``ok`` is True when nothing is wrong.

    ``release``: what somebody is asked to approve, held against the file that they have read.
    """
    finding = Finding(file_sha256=hashlib.sha256(pdf).hexdigest())
    finding.seal, finding.sealed_by, use = _check_seal(pdf, identity)
    finding.says = use if finding.seal == VALID else ""
    finding.twin, finding.report = _check_twin(pdf, proof)
    if proof is not None:
        finding.audit = _check_proof(proof, finding.file_sha256, identity)
    if release is not None:
        finding.release = _check_release(pdf, release, identity)
    optional = {finding.audit, finding.release}
    finding.ok = finding.seal == finding.twin == VALID and optional <= {VALID, NOT_CHECKED}
    return finding


def _check_seal(pdf: bytes, identity: SignerIdentity) -> tuple[str, str, str]:
    """One signature over the whole file, by a published certificate, nothing added afterwards."""
    context = ValidationContext(trust_roots=identity.roots, allow_fetching=False)
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if len(signatures) != 1:
            return f"{len(signatures)} signatures instead of one", "", ""
        status = validate_pdf_signature(signatures[0], signer_validation_context=context)
    except Exception as error:  # readers fail in many ways on hostile bytes, and all mean the same
        return f"unreadable ({type(error).__name__})", "", ""
    name, use = str(status.signing_cert.subject.human_friendly), identity.use_of(status.signing_cert)
    if not (status.intact and status.valid):
        return "bytes differ from what was sealed", name, ""
    if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        return "file was changed after the seal", name, ""
    if not status.trusted or use is None:
        return "certificate is not the signer's", name, ""
    return VALID, name, use


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


def _check_release(pdf: bytes, release: Release, identity: SignerIdentity) -> str:
    """The release names the very bytes under the seal, and the data embedded in them."""
    try:
        (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        digest = signature.compute_digest().hex()
        twin = hashlib.sha256(_embedded(pdf)).hexdigest()
    except Exception as error:  # as above
        return f"unreadable ({type(error).__name__})"
    if release.instance != identity.instance:
        return "is of another instance"
    if (release.digest, release.twin) != (digest, twin):
        return "is of another file"
    about = decode_twin(_embedded(pdf))
    if (release.id, release.report, release.period) != (about["run"], about["report"], about["about"]):
        return "names another report than the file"
    return VALID


def _embedded(pdf: bytes) -> bytes:
    """The one embedded file; raises ValueError for none or several."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        (file,) = (item.get_file().read_bytes() for item in document.attachments.values())
    return bytes(file)

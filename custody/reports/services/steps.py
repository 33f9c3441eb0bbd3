"""The steps of a run: freeze the data, lay out the pages, put the seal in.

Page layout and preparing the seal run outside the lock, because they take seconds.
"""

import base64
from datetime import datetime

from django.db import transaction

from custody.common.queue import enqueue_on_commit
from custody.documents.services import fetch_document, store_document
from custody.hsm import selectors as hsm
from custody.hsm.services import submit_request
from custody.reports import sealing, states
from custody.reports.catalogue import find_definition
from custody.reports.definition import Scope
from custody.reports.frame import build_twin
from custody.reports.models import ReportRun
from custody.reports.periods import parse_month
from custody.reports.render.html import render_html
from custody.reports.render.pdf import render_pdf
from custody.reports.services.record import SYSTEM, record_step
from custody.reports.services.requests import locked_run
from custody.reports.twin import decode_twin, encode_twin
from custody.statements.request import CertificateUse


@transaction.atomic
def collect_run(*, run_id: str, at: datetime) -> None:
    """Freeze the data of a run as its twin; does nothing unless the run is due."""
    run = locked_run(run_id)
    if run.state != states.DUE:
        return
    scope = Scope(at=at, month=parse_month(run.period, at=at) if run.period else None, subject=run.subject)
    twin = encode_twin(build_twin(find_definition(run.report), run, scope))
    run.twin_sha256 = _store(run, twin, media_type="application/json", at=at)
    run.is_complete = scope.month is None or scope.month.is_complete(at)
    run.state = states.RUN.next(run.state, "collect")
    run.save(update_fields=["twin_sha256", "is_complete", "state"])
    record_step(run, "collected", actor=SYSTEM, at=at, twin_sha256=run.twin_sha256)
    enqueue_on_commit("reports.prepare_run", run_id=run.pk)


def prepare_run(*, run_id: str, at: datetime) -> None:
    """Lay out the pages and ask the signer for the seal; does nothing in another state.

    Raises RenderError, and UnavailableError while the signer's certificates are not known.
    """
    run = ReportRun.objects.get(pk=run_id)
    if run.state != states.RENDERING:
        return
    prepared = sealing.prepare_seal(unsealed_file(run), certificates=seal_certificates("DRAFT"))
    with transaction.atomic():
        run = locked_run(run_id)
        if run.state == states.RENDERING:
            _ask_for_seal(run, prepared, at=at)


def unsealed_file(run: ReportRun) -> bytes:
    """Return the PDF of the frozen data without seal. Raises RenderError."""
    data = fetch_document(subject=run.document_subject, sha256=run.twin_sha256)
    twin = decode_twin(data)
    template = find_definition(run.report).template
    html = render_html(template=template, data=twin, twin_sha256=run.twin_sha256)
    return render_pdf(html=html, twin=data, twin_name=twin["twin_name"])


@transaction.atomic
def apply_signature(*, run_id: str, signature: bytes, at: datetime) -> None:
    """Put the signer's signature (r || s) into the waiting file; the run is then made."""
    run = locked_run(run_id)
    if run.state != states.SEALING:
        return
    sealed = put_in_seal(prepared_seal(run), "DRAFT", signature=signature)
    run.file_sha256 = store_file(run, sealed, at=at)
    run.state, run.made_at = states.RUN.next(run.state, "seal"), at
    run.save(update_fields=["file_sha256", "state", "made_at"])
    hashes = {"file_sha256": run.file_sha256, "twin_sha256": run.twin_sha256}
    record_step(run, "made", actor=SYSTEM, at=at, **hashes)


def _ask_for_seal(run: ReportRun, prepared: sealing.PreparedSeal, *, at: datetime) -> None:
    run.prepared_sha256 = store_file(run, prepared.file, at=at)
    run.signed_attributes = prepared.signed_attributes
    run.region_start, run.region_end = prepared.region_start, prepared.region_end
    attributes = base64.b64encode(prepared.signed_attributes).decode()
    request = submit_request(
        actor=SYSTEM,
        kind="CMS_SEAL",
        key=hsm.active_key("seal").pk,
        subject=run.pk,
        payload={"signed_attributes": attributes, "certificate": "DRAFT"},
        at=at,
    )
    run.seal_request = request.pk
    run.state = states.RUN.next(run.state, "prepare")
    run.save()
    record_step(run, "prepared", actor=SYSTEM, at=at, request=request.pk)


def prepared_seal(run: ReportRun) -> sealing.PreparedSeal:
    """The file of a run without its CMS object, as it was laid out for the DRAFT seal."""
    return sealing.PreparedSeal(
        file=fetch_document(subject=run.document_subject, sha256=run.prepared_sha256),
        signed_attributes=bytes(run.signed_attributes or b""),
        region_start=run.region_start or 0,
        region_end=run.region_end or 0,
    )


def seal_certificates(use: CertificateUse) -> sealing.Certificates:
    """Those of the next seal; raises UnavailableError while the signer has none for this use."""
    seal, chain = hsm.seal_certificates(use)[0]
    return sealing.Certificates.load(seal=seal, chain=chain)


def put_in_seal(prepared: sealing.PreparedSeal, use: CertificateUse, *, signature: bytes) -> bytes:
    """The sealed file; the certificates are those the signed attributes name, also when newer ones came."""
    all_of_use = (
        sealing.Certificates.load(seal=seal, chain=chain) for seal, chain in hsm.seal_certificates(use)
    )
    own = next(item for item in all_of_use if item.seal.sha256 == prepared.named_certificate)
    return sealing.complete_seal(prepared, signature=signature, certificates=own)


def store_file(run: ReportRun, content: bytes, *, at: datetime) -> str:
    """Keep a PDF of the run; returns its SHA-256."""
    return _store(run, content, media_type="application/pdf", at=at)


def _store(run: ReportRun, content: bytes, *, media_type: str, at: datetime) -> str:
    return store_document(
        actor=SYSTEM, subject=run.document_subject, content=content, media_type=media_type, at=at
    )

"""Certificate requests for the seal key: asked of the signer, put together from its answer."""

import base64
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction

from custody.common.errors import RefusedError
from custody.hsm import certificate_requests, selectors
from custody.hsm.models import SigningRequest
from custody.hsm.services import submit_request
from custody.statements.certificate_request import CsrPayload
from custody.statements.request import Request


@transaction.atomic
def request_csr(*, actor: str, at: datetime) -> SigningRequest:
    """Ask the signer for a certificate request of the active seal key; the one there is, when there is one.

    Raises UnavailableError while no active seal key is known.
    """
    key = selectors.active_key("seal")
    subject = certificate_requests.subject_of(
        key=key.pk,
        instance=selectors.identity().instance,
        certificate=bytes(key.certificate) if key.certificate else None,
    )
    info = certificate_requests.request_info(subject=subject, public_key=key.public_key)
    payload = CsrPayload(certification_request_info=base64.b64encode(info).decode())
    # The signer signs the same bytes once: a second request would be refused.
    for row in SigningRequest.objects.filter(kind="CSR", key=key.pk).order_by("-created_at"):
        if Request.from_bytes(bytes(row.body)).payload == payload:
            return row
    return submit_request(
        actor=actor, kind="CSR", key=key.pk, subject=key.pk, payload=payload.to_json(), at=at
    )


def csr_of(row: SigningRequest) -> str | None:
    """The whole request in PEM; None while there is no answer. Raises RefusedError with the signer's rule."""
    result = selectors.result_of(row.pk)
    if result is None:
        return None
    if result.outcome != "SIGNED":
        raise RefusedError(f"the signer refused: {result.rule}", code=result.rule or "refused")
    payload = Request.from_bytes(bytes(row.body)).payload
    if not isinstance(payload, CsrPayload):
        raise RefusedError("this request is about something else", code="refused")
    info = base64.b64decode(payload.certification_request_info)
    der = certificate_requests.assemble(info, signature=result.signatures[0].signature)
    return x509.load_der_x509_csr(der).public_bytes(Encoding.PEM).decode()

"""Payload of CSR: the part of a certificate request that is signed (PKCS #10, RFC 2986)."""

from dataclasses import dataclass

from custody.statements.fields import Base64Text
from custody.statements.form import Form


@dataclass(frozen=True, kw_only=True)
class CsrPayload(Form):
    """DER of CertificationRequestInfo."""

    certification_request_info: Base64Text

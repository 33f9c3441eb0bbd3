"""Seals of the tests: signed attributes as a PAdES signer makes them, and releases of reports."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from asn1crypto import cms, tsp

from custody.hsm.signer.store import selectors
from custody.statements.approval import Approval
from custody.statements.release import ApprovedRelease, Release
from custody.statements.request import CertificateUse, Request, SealPayload
from tests.signer.bench import Bench
from tests.signer.genesis import FIRST, INSTANCE, THIRD
from tests.signer.officers import Officers

DIGEST = hashlib.sha256(b"report").digest()


def attributes(bench: Bench, *, use: CertificateUse = "DRAFT", **changes: list[Any] | None) -> bytes:
    """DER of what pyHanko's PAdES signer sends; a value of None leaves the attribute out."""
    own = selectors.certificate_of(bench.key("seal"), use)
    assert own is not None
    values: dict[str, list[Any] | None] = {
        "content_type": ["data"],
        "message_digest": [DIGEST],
        "signing_certificate_v2": [certificate_reference(own.certificate)],
        **changes,
    }
    items = [
        cms.CMSAttribute({"type": name, "values": value})
        for name, value in values.items()
        if value is not None
    ]
    return bytes(cms.CMSAttributes(items).dump())


def certificate_reference(certificate: bytes) -> tsp.SigningCertificateV2:
    return tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(certificate).digest()}]})


def seal_request(bench: Bench, der: bytes, use: CertificateUse = "DRAFT", **parts: Any) -> Request:
    payload = SealPayload(signed_attributes=base64.b64encode(der).decode(), certificate=use)
    return bench.request("CMS_SEAL", "seal", payload=payload, **parts)


@dataclass
class Releases:
    """Brings reports to the signer that people have released."""

    bench: Bench

    @property
    def officers(self) -> Officers:
        return Officers(self.bench)

    def document(self, **changes: Any) -> Release:
        """The release of the report whose bytes the attributes name."""
        values: dict[str, Any] = {
            "instance": INSTANCE,
            "id": "run_01KAJ8W0000000000000000001",
            "report": "R3",
            "period": "2026-10",
            "digest": DIGEST.hex(),
            "twin": hashlib.sha256(b"twin").hexdigest(),
            "expires_at": self.bench.hands.now + timedelta(hours=24),
        }
        return Release(**values | changes)

    def request(
        self,
        *,
        document: Release | None = None,
        people: tuple[str, ...] = (FIRST, THIRD),
        approvals: tuple[Approval, ...] | None = None,
        der: bytes | None = None,
        use: CertificateUse = "RELEASED",
    ) -> Request:
        """A RELEASED seal with the approvals of ``people``, or with those given."""
        document = document or self.document()
        said = self.officers.approvals(document, people) if approvals is None else approvals
        carried = ApprovedRelease(document=document, approvals=said)
        return seal_request(
            self.bench, der or attributes(self.bench, use="RELEASED"), use, documents=(carried,)
        )

"""CMS_SEAL: the seal key signs the attributes of a PAdES seal under its draft certificate, only."""

import base64
import hashlib
from typing import Any

import pytest
from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from custody.statements.proof import verify_p256
from custody.statements.request import Request, SealPayload
from custody.statements.result import Result
from tests.signer.bench import Bench

POINTER = "/payload/signed_attributes"


def attributes(bench: Bench, **changes: list[Any] | None) -> cms.CMSAttributes:
    """What pyHanko's PAdES signer sends; a value of None leaves the attribute out."""
    own = bench.key("seal").certificate
    assert own is not None
    values: dict[str, list[Any] | None] = {
        "content_type": ["data"],
        "message_digest": [hashlib.sha256(b"report").digest()],
        "signing_certificate_v2": [certificate_reference(own)],
        **changes,
    }
    return cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": name, "values": items})
            for name, items in values.items()
            if items is not None
        ]
    )


def certificate_reference(certificate: bytes) -> tsp.SigningCertificateV2:
    return tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(certificate).digest()}]})


def request_for(bench: Bench, der: bytes, certificate: str = "DRAFT") -> Request:
    payload = SealPayload(signed_attributes=base64.b64encode(der).decode(), certificate=certificate)  # type: ignore[arg-type]
    return bench.request("CMS_SEAL", "seal", payload=payload)


def refused(result: Result) -> tuple[str | None, str | None]:
    assert result.outcome == "REFUSED"
    return result.rule, result.culprit


def test_seals_with_the_draft_certificate(bench: Bench) -> None:
    der = attributes(bench).dump()
    (made,) = bench.handle(request_for(bench, der)).signatures
    verify_p256(public_key=made.public_key, digest=hashlib.sha256(der).hexdigest(), signature=made.signature)
    assert made.public_key == bench.key("seal").public_key


def test_the_draft_certificate_is_issued_by_the_demo_ca(bench: Bench) -> None:
    ca, seal = bench.key("demo_ca").certificate, bench.key("seal").certificate
    assert ca is not None
    assert seal is not None
    authority, leaf = x509.load_der_x509_certificate(ca), x509.load_der_x509_certificate(seal)
    leaf.verify_directly_issued_by(authority)
    authority.verify_directly_issued_by(authority)
    assert leaf.subject.rfc4514_string() == "CN=Custody DRAFT seal,O=Custody demonstration"
    public_key = leaf.public_key()
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    assert isinstance(public_key.curve, ec.SECP256R1)


def test_refuses_a_released_seal_without_approvals(bench: Bench) -> None:
    request = request_for(bench, attributes(bench).dump(), "RELEASED")
    assert refused(bench.handle(request)) == ("release_needs_approvals", "/payload/certificate")


def test_refuses_bytes_that_are_no_attributes(bench: Bench) -> None:
    assert refused(bench.handle(request_for(bench, b"\x00" * 32))) == ("not_cms_attributes", POINTER)


def test_refuses_another_spelling_of_the_same_attributes(bench: Bench) -> None:
    """Attributes out of DER order decode to the same set and hash to something else."""
    parts = [item.dump() for item in attributes(bench)]
    backwards = core.Sequence
    body = b"".join(sorted(parts, reverse=True))
    der = b"\x31" + backwards(contents=body).dump()[1:]
    assert refused(bench.handle(request_for(bench, der))) == ("not_cms_attributes", POINTER)


@pytest.mark.parametrize("name", ["content_type", "message_digest", "signing_certificate_v2"])
def test_refuses_attributes_without(bench: Bench, name: str) -> None:
    der = attributes(bench, **{name: None}).dump()
    assert refused(bench.handle(request_for(bench, der))) == ("not_seal_attributes", POINTER)


def test_refuses_an_attribute_that_a_seal_does_not_have(bench: Bench) -> None:
    der = attributes(bench, signing_time=[cms.Time({"utc_time": bench.hands.now})]).dump()
    assert refused(bench.handle(request_for(bench, der))) == ("not_seal_attributes", POINTER)


def test_refuses_two_values_of_one_attribute(bench: Bench) -> None:
    digests = [hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest()]
    der = attributes(bench, message_digest=digests).dump()
    assert refused(bench.handle(request_for(bench, der))) == ("attribute_with_many_values", POINTER)


def test_refuses_content_that_is_not_data(bench: Bench) -> None:
    der = attributes(bench, content_type=["tst_info"]).dump()
    assert refused(bench.handle(request_for(bench, der))) == ("content_type_not_data", POINTER)


def test_refuses_a_digest_of_another_length(bench: Bench) -> None:
    der = attributes(bench, message_digest=[hashlib.sha512(b"report").digest()]).dump()
    assert refused(bench.handle(request_for(bench, der))) == ("digest_not_sha256", POINTER)


def test_refuses_the_certificate_of_another_key(bench: Bench) -> None:
    ca = bench.key("demo_ca").certificate
    assert ca is not None
    der = attributes(bench, signing_certificate_v2=[certificate_reference(ca)]).dump()
    assert refused(bench.handle(request_for(bench, der))) == ("foreign_certificate", POINTER)


def test_seals_the_same_attributes_once(bench: Bench) -> None:
    der = attributes(bench).dump()
    bench.handle(request_for(bench, der))
    assert refused(bench.handle(request_for(bench, der))) == ("slot_already_signed", POINTER)

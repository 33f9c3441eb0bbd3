"""CSR: the seal key asks for a certificate in its own name, for seals, and for nothing else."""

import base64
from typing import Any

import pytest
from asn1crypto import csr, x509
from cryptography import x509 as reader
from cryptography.hazmat.primitives.asymmetric import ec

from custody.hsm.certificate_requests import assemble, public_key_info, request_info, subject_of
from custody.statements.certificate_request import CsrPayload
from custody.statements.request import Request
from custody.statements.result import Result
from custody.statements.trust.holds import Hold, Kill
from tests.signer.bench import Bench
from tests.signer.genesis import FIRST, INSTANCE
from tests.signer.officers import Officers

POINTER = "/payload/certification_request_info"


def own_subject(bench: Bench) -> x509.Name:
    seal = bench.key("seal")
    return subject_of(key=seal.id, instance=INSTANCE, certificate=seal.certificate)


def own_info(bench: Bench) -> bytes:
    return request_info(subject=own_subject(bench), public_key=bench.key("seal").public_key)


def info(bench: Bench, **changes: Any) -> bytes:
    """A request without attributes; any part may be changed."""
    values: dict[str, Any] = {
        "version": "v1",
        "subject": own_subject(bench),
        "subject_pk_info": public_key_info(bench.key("seal").public_key),
        "attributes": [],
    }
    made = csr.CertificationRequestInfo(
        {name: value for name, value in (values | changes).items() if value is not None}
    )
    return bytes(made.dump())


def request(bench: Bench, der: bytes, purpose: str = "seal") -> Request:
    payload = CsrPayload(certification_request_info=base64.b64encode(der).decode())
    return bench.request("CSR", purpose, payload=payload)


def refused(result: Result) -> tuple[str | None, str | None]:
    assert result.outcome == "REFUSED"
    return result.rule, result.culprit


def extensions(*wanted: dict[str, Any]) -> list[csr.CRIAttribute]:
    items = [x509.Extension(item) for item in wanted]
    return [csr.CRIAttribute({"type": "extension_request", "values": [items]})]


def usage(*names: str) -> dict[str, Any]:
    return {"extn_id": "key_usage", "critical": True, "extn_value": x509.KeyUsage(set(names))}


def test_the_request_verifies_and_names_the_key(bench: Bench) -> None:
    der = own_info(bench)
    (made,) = bench.handle(request(bench, der)).signatures
    found = reader.load_der_x509_csr(assemble(der, signature=made.signature))
    assert found.is_signature_valid
    assert found.subject.rfc4514_string() == "CN=Custody DRAFT seal,O=Custody demonstration"
    key = found.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.public_numbers().x == int(bench.key("seal").public_key[2:], 16)
    asked = found.extensions.get_extension_for_class(reader.KeyUsage).value
    assert asked.digital_signature
    assert asked.content_commitment
    assert not asked.key_cert_sign


def test_a_key_without_a_certificate_is_named_by_its_id() -> None:
    subject = subject_of(key="key_1", instance=INSTANCE, certificate=None)
    assert subject.native == {"organization_name": INSTANCE, "common_name": "key_1"}


def test_attributes_may_be_none(bench: Bench) -> None:
    assert bench.handle(request(bench, info(bench))).outcome == "SIGNED"


def test_signs_a_request_once(bench: Bench) -> None:
    der = own_info(bench)
    assert bench.handle(request(bench, der)).outcome == "SIGNED"
    assert refused(bench.handle(request(bench, der))) == ("slot_already_signed", POINTER)


def test_refuses_the_subject_of_another(bench: Bench) -> None:
    der = info(bench, subject=x509.Name.build({"common_name": "Custody Demo CA"}))
    assert refused(bench.handle(request(bench, der))) == ("foreign_subject", POINTER)


def test_refuses_another_public_key(bench: Bench) -> None:
    der = info(bench, subject_pk_info=public_key_info(bench.key("checkpoint").public_key))
    assert refused(bench.handle(request(bench, der))) == ("foreign_public_key", POINTER)


def test_refuses_another_version(bench: Bench) -> None:
    der = info(bench).replace(b"\x02\x01\x00", b"\x02\x01\x01", 1)
    assert refused(bench.handle(request(bench, der))) == ("csr_version", POINTER)


@pytest.mark.parametrize("wanted", [usage("key_cert_sign"), usage("digital_signature", "crl_sign")])
def test_refuses_the_usages_of_an_authority(bench: Bench, wanted: dict[str, Any]) -> None:
    der = info(bench, attributes=extensions(wanted))
    assert refused(bench.handle(request(bench, der))) == ("csr_extension", POINTER)


@pytest.mark.parametrize(
    "wanted",
    [
        {"extn_id": "basic_constraints", "extn_value": x509.BasicConstraints({"ca": True})},
        {
            "extn_id": "subject_alt_name",
            "extn_value": x509.GeneralNames([x509.GeneralName("dns_name", "bank.example")]),
        },
    ],
)
def test_refuses_other_extensions(bench: Bench, wanted: dict[str, Any]) -> None:
    der = info(bench, attributes=extensions(usage("digital_signature"), wanted))
    assert refused(bench.handle(request(bench, der))) == ("csr_extension", POINTER)


def test_refuses_other_attributes(bench: Bench) -> None:
    secret = csr.CRIAttribute(
        {"type": "challenge_password", "values": [x509.DirectoryString("utf8_string", "x")]}
    )
    assert refused(bench.handle(request(bench, info(bench, attributes=[secret])))) == (
        "csr_attribute",
        POINTER,
    )


def test_refuses_two_extension_requests(bench: Bench) -> None:
    twice = extensions(usage("digital_signature")) + extensions(usage("non_repudiation"))
    assert refused(bench.handle(request(bench, info(bench, attributes=twice)))) == ("csr_attribute", POINTER)


@pytest.mark.parametrize("name", ["zeros", "trailing", "no attributes", "a seal", "a certificate"])
def test_refuses_what_is_no_request(bench: Bench, name: str) -> None:
    certificate = bench.key("seal").certificate
    assert certificate is not None
    data = {
        "zeros": bytes(32),
        "trailing": own_info(bench) + b"\x00",
        "no attributes": info(bench, attributes=None),
        "a seal": b"\x31" + own_info(bench)[1:],
        "a certificate": reader.load_der_x509_certificate(certificate).tbs_certificate_bytes,
    }[name]
    assert refused(bench.handle(request(bench, data))) == ("not_a_certificate_request", POINTER)


@pytest.mark.parametrize("purpose", ["checkpoint", "attest", "mediator", "demo_ca"])
def test_no_other_key_asks(bench: Bench, purpose: str) -> None:
    assert refused(bench.handle(request(bench, own_info(bench), purpose))) == ("wrong_key_purpose", "/key")


def test_a_kill_and_a_hold_stop_it(bench: Bench) -> None:
    officers, seal = Officers(bench), bench.key("seal").id
    officers.accept("HOLD", Hold(scope="KEY", ref=seal), FIRST, maker=FIRST)
    assert refused(bench.handle(request(bench, own_info(bench)))) == ("held", "/key")
    officers.accept("KILL", Kill(key=seal), FIRST, maker=FIRST)
    assert refused(bench.handle(request(bench, own_info(bench)))) == ("killed", "/key")


def test_refuses_every_changed_byte(bench: Bench) -> None:
    """Whatever a byte becomes, the signer says no and goes on."""
    der = own_info(bench)
    for place in range(len(der)):
        changed = der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :]
        assert bench.handle(request(bench, changed)).outcome == "REFUSED", place

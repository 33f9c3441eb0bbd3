"""CMS_SEAL: the seal key signs the attributes of a PAdES seal: DRAFT for anybody, RELEASED for two people."""

import hashlib
from typing import Any

import pytest
from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from custody.hsm.signer.store import models, selectors
from custody.statements.proof import verify_p256
from custody.statements.request import CertificateUse
from custody.statements.result import Result
from tests.signer.bench import Bench
from tests.signer.genesis import APPROVER, FIRST, SECOND, THIRD
from tests.signer.releases import Releases, attributes, certificate_reference, seal_request

POINTER = "/payload/signed_attributes"


def refused(result: Result) -> tuple[str | None, str | None]:
    assert result.outcome == "REFUSED"
    return result.rule, result.culprit


def test_seals_with_the_draft_certificate(bench: Bench) -> None:
    der = attributes(bench)
    (made,) = bench.handle(seal_request(bench, der)).signatures
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
    request = seal_request(bench, attributes(bench, use="RELEASED"), "RELEASED")
    assert refused(bench.handle(request)) == ("release_needs_approvals", "/payload/certificate")


def test_refuses_bytes_that_are_no_attributes(bench: Bench) -> None:
    assert refused(bench.handle(seal_request(bench, b"\x00" * 32))) == ("not_cms_attributes", POINTER)


def test_refuses_another_spelling_of_the_same_attributes(bench: Bench) -> None:
    """Attributes out of DER order decode to the same set and hash to something else."""
    parts = [item.dump() for item in cms.CMSAttributes.load(attributes(bench))]
    backwards = core.Sequence
    body = b"".join(sorted(parts, reverse=True))
    der = b"\x31" + backwards(contents=body).dump()[1:]
    assert refused(bench.handle(seal_request(bench, der))) == ("not_cms_attributes", POINTER)


@pytest.mark.parametrize("name", ["content_type", "message_digest", "signing_certificate_v2"])
def test_refuses_attributes_without(bench: Bench, name: str) -> None:
    without: dict[str, Any] = {name: None}
    der = attributes(bench, **without)
    assert refused(bench.handle(seal_request(bench, der))) == ("not_seal_attributes", POINTER)


def test_refuses_an_attribute_that_a_seal_does_not_have(bench: Bench) -> None:
    der = attributes(bench, signing_time=[cms.Time({"utc_time": bench.hands.now})])
    assert refused(bench.handle(seal_request(bench, der))) == ("not_seal_attributes", POINTER)


def test_refuses_two_values_of_one_attribute(bench: Bench) -> None:
    digests = [hashlib.sha256(b"one").digest(), hashlib.sha256(b"two").digest()]
    der = attributes(bench, message_digest=digests)
    assert refused(bench.handle(seal_request(bench, der))) == ("attribute_with_many_values", POINTER)


def test_refuses_content_that_is_not_data(bench: Bench) -> None:
    der = attributes(bench, content_type=["tst_info"])
    assert refused(bench.handle(seal_request(bench, der))) == ("content_type_not_data", POINTER)


def test_refuses_a_digest_of_another_length(bench: Bench) -> None:
    der = attributes(bench, message_digest=[hashlib.sha512(b"report").digest()])
    assert refused(bench.handle(seal_request(bench, der))) == ("digest_not_sha256", POINTER)


def test_refuses_the_certificate_of_another_key(bench: Bench) -> None:
    ca = bench.key("demo_ca").certificate
    assert ca is not None
    der = attributes(bench, signing_certificate_v2=[certificate_reference(ca)])
    assert refused(bench.handle(seal_request(bench, der))) == ("foreign_certificate", POINTER)


def test_seals_the_same_attributes_once(bench: Bench) -> None:
    der = attributes(bench)
    bench.handle(seal_request(bench, der))
    assert refused(bench.handle(seal_request(bench, der))) == ("slot_already_signed", POINTER)


def test_a_report_that_two_people_released_is_sealed_as_released(bench: Bench) -> None:
    releases = Releases(bench)
    (made,) = bench.handle(releases.request()).signatures
    der = attributes(bench, use="RELEASED")
    verify_p256(public_key=made.public_key, digest=hashlib.sha256(der).hexdigest(), signature=made.signature)


def test_the_journal_says_who_released_what(bench: Bench) -> None:
    releases = Releases(bench)
    document = releases.document()
    result = bench.handle(releases.request(document=document))
    seen = next(entry.body for entry in result.entries if entry.kind == "SEEN")
    assert seen["release"] == document.hash
    assert {item["person"] for item in seen["statements"]} == {FIRST, THIRD}


def test_the_same_file_is_sealed_as_draft_and_then_as_released(bench: Bench) -> None:
    assert bench.handle(seal_request(bench, attributes(bench))).outcome == "SIGNED"
    assert bench.handle(Releases(bench).request()).outcome == "SIGNED"


def test_one_more_approval_helps_where_one_was_missing(bench: Bench) -> None:
    releases = Releases(bench)
    document = releases.document()
    said = releases.officers.approvals(document, (FIRST, SECOND))
    alone = releases.request(document=document, approvals=said[:1])
    assert refused(bench.handle(alone)) == ("approvals_missing", "/documents/0/approvals")
    assert bench.handle(releases.request(document=document, approvals=said)).outcome == "SIGNED"


def test_an_approver_of_payments_releases_no_report(bench: Bench) -> None:
    request = Releases(bench).request(people=(FIRST, APPROVER))
    assert refused(bench.handle(request)) == ("approvals_missing", "/documents/0/approvals")


def test_the_released_certificate_is_another_one_of_the_same_key(bench: Bench) -> None:
    seal = bench.key("seal")
    draft, released = (selectors.certificate_of(seal, use) for use in ("DRAFT", "RELEASED"))
    assert draft is not None
    assert released is not None
    (ca,) = released.chain
    leaf, authority = map(x509.load_der_x509_certificate, (released.certificate, ca))
    leaf.verify_directly_issued_by(authority)
    assert leaf.subject.rfc4514_string() == "CN=Custody RELEASED seal,O=Custody demonstration"
    known = x509.load_der_x509_certificate(draft.certificate)
    assert leaf.public_key() == known.public_key()
    assert leaf.serial_number != known.serial_number


def test_an_old_store_gets_the_released_certificate_once(bench: Bench) -> None:
    before = models.Entry.objects.count()
    bench.run_genesis()
    assert models.Entry.objects.count() == before


@pytest.mark.parametrize("use", ["DRAFT", "RELEASED"])
def test_no_seal_outside_the_time_of_its_certificate(bench: Bench, use: CertificateUse) -> None:
    known = selectors.certificate_of(bench.key("seal"), use)
    assert known is not None
    end = x509.load_der_x509_certificate(known.certificate).not_valid_after_utc
    bench.hands.pass_by(seconds=(end - bench.hands.now).total_seconds())
    assert bench.handle(seal_request(bench, attributes(bench))).outcome == "SIGNED"
    bench.hands.pass_by(seconds=1)
    der = attributes(bench, use=use, message_digest=[hashlib.sha256(b"later").digest()])
    request = seal_request(bench, der) if use == "DRAFT" else Releases(bench).request()
    assert refused(bench.handle(request)) == ("certificate_expired", POINTER)

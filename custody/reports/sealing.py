"""PAdES seals by interrupted signing: the key stays with the signer, the file stays here.

``prepare_seal`` writes the file with an empty place for the signature and returns the CMS signed
attributes; the signer signs those bytes; ``complete_seal`` puts certificate and signature in.
Profile PAdES B-B (ETSI EN 319 142-1), P-256 with SHA-256. Relies on pyHanko.
"""

import io
from dataclasses import dataclass, replace
from typing import Any

from asgiref.sync import async_to_sync
from asn1crypto import cms, x509
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko_certvalidator.registry import SimpleCertificateStore

from custody.common.errors import RefusedError

DIGEST = "sha256"
FIELD = "Siegel"
_MECHANISM = SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
# A DER signature of two 32-byte integers is at most 72 bytes long.
_SIGNATURE_BYTES = 72
# Hex digits kept free for the CMS object: a chain of four certificates of a provider, and no more.
_PLACE = 16 * 1024


@dataclass(frozen=True)
class Certificates:
    """The seal certificate and those above it, as the signer publishes them."""

    seal: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    @classmethod
    def load(cls, *, seal: bytes, chain: tuple[bytes, ...]) -> "Certificates":
        """Read DER; raises ValueError."""
        return cls(_certificate(seal), tuple(_certificate(item) for item in chain))


@dataclass(frozen=True)
class PreparedSeal:
    """A file that lacks only its CMS object, and what the signer has to sign (DER)."""

    file: bytes
    signed_attributes: bytes
    region_start: int
    region_end: int

    @property
    def digest(self) -> bytes:
        """SHA-256 of the byte range that the seal covers: everything but the CMS object."""
        return bytes(self._attribute("message_digest").native)

    @property
    def named_certificate(self) -> bytes:
        """SHA-256 of the certificate that the signed attributes name (RFC 5035)."""
        (named,) = self._attribute("signing_certificate_v2")["certs"]
        return bytes(named["cert_hash"].native)

    def _attribute(self, name: str) -> Any:  # noqa: ANN401 - whatever ASN.1 type the attribute has
        attributes = cms.CMSAttributes.load(self.signed_attributes)
        return next(item for item in attributes if item["type"].native == name)["values"][0]


def prepare_seal(pdf: bytes, *, certificates: Certificates) -> PreparedSeal:
    """Reserve the signature's place in ``pdf`` and compute the signed attributes."""
    signer = _signer(certificates, _SIGNATURE_BYTES)
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=DIGEST,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    output = io.BytesIO()
    pdf_signer = signers.PdfSigner(metadata, signer=signer)
    digest, _, _ = async_to_sync(pdf_signer.async_digest_doc_for_signing)(
        IncrementalPdfFileWriter(io.BytesIO(pdf)), output=output, bytes_reserved=_PLACE
    )
    return PreparedSeal(
        file=output.getvalue(),
        signed_attributes=_attributes(signer, digest.document_digest),
        region_start=digest.reserved_region_start,
        region_end=digest.reserved_region_end,
    )


def with_certificates(prepared: PreparedSeal, certificates: Certificates) -> PreparedSeal:
    """The same file, to be sealed under another certificate: not a byte that the seal covers changes.

    Raises RefusedError ``no_place_for_seal`` where the file keeps too little place for them.
    """
    attributes = _attributes(_signer(certificates, _SIGNATURE_BYTES), prepared.digest)
    other = replace(prepared, signed_attributes=attributes)
    needed = 2 * len(_message(other, bytes(_SIGNATURE_BYTES), certificates).dump())
    # The place is written in angle brackets.
    if needed > prepared.region_end - prepared.region_start - 2:
        raise RefusedError("this file keeps too little place for the seal", code="no_place_for_seal")
    return other


def complete_seal(prepared: PreparedSeal, *, signature: bytes, certificates: Certificates) -> bytes:
    """Return the sealed file; ``signature`` is r || s, 64 bytes, as the signer returns it."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    message = _message(prepared, encode_dss_signature(r, s), certificates)
    place = PreparedByteRangeDigest(
        document_digest=prepared.digest,
        reserved_region_start=prepared.region_start,
        reserved_region_end=prepared.region_end,
    )
    output = io.BytesIO(prepared.file)
    place.fill_with_cms(output, message)
    return output.getvalue()


def _attributes(signer: signers.ExternalSigner, digest: bytes) -> bytes:
    """DER of what is signed."""
    made = async_to_sync(signer.signed_attrs)(digest, DIGEST, use_pades=True)
    return bytes(made.dump())


def _message(prepared: PreparedSeal, signature: bytes, certificates: Certificates) -> cms.ContentInfo:
    """The CMS object; ``signature`` in DER."""
    signer = _signer(certificates, signature)
    attributes = cms.CMSAttributes.load(prepared.signed_attributes)
    return async_to_sync(signer.async_sign_prescribed_attributes)(DIGEST, attributes)


def _certificate(der: bytes) -> x509.Certificate:
    return x509.Certificate.load(der, strict=True)


def _signer(certificates: Certificates, signature: bytes | int) -> signers.ExternalSigner:
    registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    registry.register_multiple(certificates.chain)
    return signers.ExternalSigner(
        signing_cert=certificates.seal,
        cert_registry=registry,
        signature_value=signature,
        signature_mechanism=_MECHANISM,
    )

"""PAdES seals by interrupted signing: the key stays with the signer, the file stays here.

``prepare_seal`` writes the file with an empty place for the signature and returns the CMS signed
attributes; the signer signs those bytes; ``complete_seal`` puts certificate and signature in.
Profile PAdES B-B (ETSI EN 319 142-1), P-256 with SHA-256. Relies on pyHanko.
"""

import io
from dataclasses import dataclass

from asgiref.sync import async_to_sync
from asn1crypto import cms, x509
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko_certvalidator.registry import SimpleCertificateStore

DIGEST = "sha256"
FIELD = "Siegel"
_MECHANISM = SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
# A DER signature of two 32-byte integers is at most 72 bytes long.
_SIGNATURE_BYTES = 72


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
        IncrementalPdfFileWriter(io.BytesIO(pdf)), output=output
    )
    attributes = async_to_sync(signer.signed_attrs)(digest.document_digest, DIGEST, use_pades=True)
    return PreparedSeal(
        file=output.getvalue(),
        signed_attributes=attributes.dump(),
        region_start=digest.reserved_region_start,
        region_end=digest.reserved_region_end,
    )


def complete_seal(prepared: PreparedSeal, *, signature: bytes, certificates: Certificates) -> bytes:
    """Return the sealed file; ``signature`` is r || s, 64 bytes, as the signer returns it."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    signer = _signer(certificates, encode_dss_signature(r, s))
    attributes = cms.CMSAttributes.load(prepared.signed_attributes)
    message = async_to_sync(signer.async_sign_prescribed_attributes)(DIGEST, attributes)
    place = PreparedByteRangeDigest(
        document_digest=_message_digest(attributes),
        reserved_region_start=prepared.region_start,
        reserved_region_end=prepared.region_end,
    )
    output = io.BytesIO(prepared.file)
    place.fill_with_cms(output, message)
    return output.getvalue()


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


def _message_digest(attributes: cms.CMSAttributes) -> bytes:
    found = next(item for item in attributes if item["type"].native == "message_digest")
    return bytes(found["values"][0].native)

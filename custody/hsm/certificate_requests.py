"""Certificate requests for keys of the signer (PKCS #10, RFC 2986), built from what is pinned of a key.

Pure: the web side builds one to ask for a signature, the signer holds what it is asked to sign against
the same subject. A trust service provider writes the subject that it has vetted into the certificate;
the request proves possession of the key.
"""

from asn1crypto import algos, csr, keys, x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from custody.statements.proof import p256_key

# A seal needs no more (ETSI EN 319 412-3, 4.3).
USAGE = frozenset({"digital_signature", "non_repudiation"})


def subject_of(*, key: str, instance: str, certificate: bytes | None) -> x509.Name:
    """The subject of the key's certificate (DER), or its id and instance where it has none."""
    if certificate is not None:
        return x509.Certificate.load(certificate).subject
    return x509.Name.build({"organization_name": instance, "common_name": key})


def public_key_info(public_key: str) -> keys.PublicKeyInfo:
    """A compressed P-256 point in hex as readers know it: uncompressed (RFC 5480, 2.2)."""
    data = p256_key(public_key).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return keys.PublicKeyInfo.load(data)


def request_info(*, subject: x509.Name, public_key: str) -> bytes:
    """DER to be signed: asks for a certificate that seals, and for nothing else."""
    usage = x509.Extension(
        {"extn_id": "key_usage", "critical": True, "extn_value": x509.KeyUsage(set(USAGE))}
    )
    wanted = csr.CRIAttribute({"type": "extension_request", "values": [[usage]]})
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": subject,
            "subject_pk_info": public_key_info(public_key),
            "attributes": [wanted],
        }
    )
    return bytes(info.dump())


def assemble(info: bytes, *, signature: str) -> bytes:
    """DER of the whole request: what was signed, and r || s in hex."""
    raw = bytes.fromhex(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    request = csr.CertificationRequest(
        {
            "certification_request_info": csr.CertificationRequestInfo.load(info),
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": encode_dss_signature(r, s),
        }
    )
    return bytes(request.dump())

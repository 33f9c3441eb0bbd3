"""X.509 certificates of the demonstration: a CA on the token, and the DRAFT certificate of the seal key.

Made once, inside the genesis command, where the CA key is used and never again (trust.md 14). A
production seal key gets its certificate from a trust service provider instead.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import algos, keys, x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VALID_FOR = timedelta(days=3650)
Sign = Callable[[bytes], bytes]


def self_signed(*, name: str, public_key: bytes, at: datetime, sign: Sign) -> bytes:
    """DER of a CA certificate over its own key."""
    subject, public_key = _name(name), _uncompressed(public_key)
    usage = {"key_cert_sign", "crl_sign"}
    return _certificate(
        subject=subject, issuer=subject, public_key=public_key, issuer_key=public_key, at=at, sign=sign,
        usage=usage, is_ca=True,
    )  # fmt: skip


def issued(*, name: str, public_key: bytes, ca: bytes, at: datetime, sign: Sign) -> bytes:
    """DER of an end-entity certificate for seals, issued by ``ca`` (DER)."""
    issuer = x509.Certificate.load(ca)
    return _certificate(
        subject=_name(name), issuer=issuer.subject, public_key=_uncompressed(public_key),
        issuer_key=bytes(issuer.public_key["public_key"]), at=at, sign=sign,
        usage={"digital_signature", "non_repudiation"}, is_ca=False,
    )  # fmt: skip


def _certificate(
    *,
    subject: x509.Name,
    issuer: x509.Name,
    public_key: bytes,
    issuer_key: bytes,
    at: datetime,
    sign: Sign,
    usage: set[str],
    is_ca: bool,
) -> bytes:
    """``sign`` gets the DER of the part to be signed and returns a DER ECDSA signature (SHA-256)."""
    algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    unsigned = x509.TbsCertificate(
        {
            "version": "v3",
            # 20 bytes at most, positive (RFC 5280, 4.1.2.2); a key has one certificate per name.
            "serial_number": int.from_bytes(hashlib.sha256(subject.dump() + public_key).digest()[:15], "big"),
            "signature": algorithm,
            "issuer": issuer,
            "validity": x509.Validity({"not_before": _time(at), "not_after": _time(at + VALID_FOR)}),
            "subject": subject,
            "subject_public_key_info": _public_key_info(public_key),
            "extensions": _extensions(public_key, issuer_key, usage, is_ca=is_ca),
        }
    )
    certificate = x509.Certificate(
        {
            "tbs_certificate": unsigned,
            "signature_algorithm": algorithm,
            "signature_value": sign(unsigned.dump()),
        }
    )
    return bytes(certificate.dump())


def _extensions(
    public_key: bytes, issuer_key: bytes, usage: set[str], *, is_ca: bool
) -> list[dict[str, Any]]:
    authority = x509.AuthorityKeyIdentifier({"key_identifier": _key_identifier(issuer_key)})
    return [
        {
            "extn_id": "basic_constraints",
            "critical": True,
            "extn_value": x509.BasicConstraints({"ca": is_ca}),
        },
        {"extn_id": "key_usage", "critical": True, "extn_value": x509.KeyUsage(usage)},
        {"extn_id": "key_identifier", "extn_value": _key_identifier(public_key)},
        {"extn_id": "authority_key_identifier", "extn_value": authority},
    ]


def _uncompressed(public_key: bytes) -> bytes:
    """Readers need not know compressed points (RFC 5480, 2.2), and some refuse them."""
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    return point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _key_identifier(public_key: bytes) -> bytes:
    """SHA-1 of the public key: a name, not a protection (RFC 5280, 4.2.1.2 method 1)."""
    return hashlib.sha1(public_key, usedforsecurity=False).digest()


def _public_key_info(public_key: bytes) -> keys.PublicKeyInfo:
    return keys.PublicKeyInfo(
        {
            "algorithm": {"algorithm": "ec", "parameters": keys.ECDomainParameters("named", "secp256r1")},
            "public_key": public_key,
        }
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name.build({"organization_name": "Custody demonstration", "common_name": common_name})


def _time(at: datetime) -> x509.Time:
    return x509.Time({"utc_time": at}) if at.year < 2050 else x509.Time({"general_time": at})

"""The second opinion: OpenSSL through ``cryptography``; the signer itself verifies with libsecp256k1."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from custody.hsm.backends.interface import Scheme

_CURVES: dict[Scheme, ec.EllipticCurve] = {
    Scheme.ECDSA_SECP256K1: ec.SECP256K1(),
    Scheme.ECDSA_P256: ec.SECP256R1(),
}
SIGNATURE_BYTES = 64


def is_public_key(scheme: Scheme, public_key: bytes) -> bool:
    """True for a compressed point of the scheme's curve, or 32 bytes of Ed25519."""
    try:
        if scheme is Scheme.ED25519:
            ed25519.Ed25519PublicKey.from_public_bytes(public_key)
            return True
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[scheme], public_key)
    except ValueError:
        return False
    return len(public_key) == 33


def verifies(scheme: Scheme, public_key: bytes, digest32: bytes, signature: bytes) -> bool:
    """True when r || s, high or low, is a signature of the digest."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    try:
        if scheme is Scheme.ED25519:
            ed25519.Ed25519PublicKey.from_public_bytes(public_key).verify(signature, digest32)
            return True
        key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[scheme], public_key)
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        key.verify(encode_dss_signature(r, s), digest32, ec.ECDSA(Prehashed(SHA256())))
    except (InvalidSignature, ValueError):
        return False
    return True

"""Public keys as the services hand them out, read into the one form the product keeps."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from custody.hsm.token.errors import TokenResultError

_CURVES: dict[str, type[ec.EllipticCurve]] = {"secp256k1": ec.SECP256K1, "secp256r1": ec.SECP256R1}


def from_spki(der: bytes) -> tuple[str, bytes]:
    """Curve and compressed point of a SubjectPublicKeyInfo; raises TokenResultError."""
    try:
        key = load_der_public_key(der)
    except ValueError:
        raise TokenResultError("not a public key") from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TokenResultError("not a key on an elliptic curve")
    return key.curve.name, compressed(key)


def from_coordinates(curve: str, x: bytes, y: bytes) -> bytes:
    """Compressed point of affine coordinates; raises TokenResultError when it is not on the curve."""
    try:
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(x, "big"), int.from_bytes(y, "big"), _CURVES[curve]()
        )
        return compressed(numbers.public_key())
    except ValueError:
        raise TokenResultError(f"not a point of {curve}") from None


def compressed(key: ec.EllipticCurvePublicKey) -> bytes:
    """SEC 1, 2.3.3, with compression."""
    return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

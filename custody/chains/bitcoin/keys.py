"""Public keys and ECDSA signatures in the two forms Bitcoin uses; relies on libsecp256k1.

Inside the product a signature is 64 bytes r || s with low S (BIP146); scripts carry it as
strict DER (BIP66) with the sighash byte behind it.
"""

from functools import lru_cache

from coincurve import PublicKey
from coincurve.ecdsa import cdata_to_der, der_to_cdata, deserialize_compact, serialize_compact

from custody.common.errors import InvalidInputError

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
SIGHASH_ALL = 1


def check_public_key(key: bytes, *, field: str) -> bytes:
    """Return the 33-byte compressed key when it is a point of the curve, else InvalidInputError."""
    if len(key) != 33 or key[0] not in (2, 3):
        raise InvalidInputError("not a compressed public key", code="bad_public_key", field=field)
    if not _is_point(key):
        raise InvalidInputError("not a point of the curve", code="bad_public_key", field=field)
    return key


@lru_cache(maxsize=4096)
def _is_point(key: bytes) -> bool:
    """Cached: one deal's few keys are checked again by every document and transaction."""
    try:
        PublicKey(key)
    except ValueError:
        return False
    return True


def low_s(signature: bytes) -> bytes:
    """Return r || s with n - s for a high s: both verify, only the low one relays (BIP146)."""
    s = int.from_bytes(signature[32:], "big")
    if not ORDER // 2 < s < ORDER:
        return signature
    return signature[:32] + (ORDER - s).to_bytes(32, "big")


def verify(*, public_key: bytes, digest: bytes, signature: bytes) -> bool:
    """True when r || s is a low-S signature of the 32-byte digest by the key."""
    if len(signature) != 64 or len(digest) != 32 or not has_low_s(signature):
        return False
    try:
        der = cdata_to_der(deserialize_compact(signature))
        return PublicKey(public_key).verify(der, digest, hasher=None)
    except ValueError:
        return False


def has_low_s(signature: bytes) -> bool:
    """True when s is neither zero nor above half the order."""
    return 0 < int.from_bytes(signature[32:], "big") <= ORDER // 2


def to_script_form(signature: bytes) -> bytes:
    """r || s to DER with the byte SIGHASH_ALL, as a witness carries it."""
    return bytes(cdata_to_der(deserialize_compact(signature))) + bytes([SIGHASH_ALL])


def from_script_form(data: bytes, *, field: str) -> bytes:
    """DER with SIGHASH_ALL to r || s; any other sighash, spelling or a high S is refused."""
    if not data or data[-1] != SIGHASH_ALL:
        raise InvalidInputError("signature is not SIGHASH_ALL", code="psbt_sighash", field=field)
    try:
        signature = bytes(serialize_compact(der_to_cdata(data[:-1])))
    except ValueError:
        raise InvalidInputError("signature is not DER", code="psbt_signature_invalid", field=field) from None
    if not has_low_s(signature) or to_script_form(signature) != data:
        raise InvalidInputError(
            "signature is not strict low-S DER", code="psbt_signature_invalid", field=field
        )
    return signature

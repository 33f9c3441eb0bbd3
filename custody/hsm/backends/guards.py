"""What every back-end does before it asks its keys, and with what they answer."""

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from custody.chains.bitcoin.keys import low_s
from custody.common.errors import CustodyError
from custody.hsm.backends.interface import (
    SCHEME_OF,
    Capabilities,
    Curve,
    Health,
    KeyBackend,
    KeyClass,
    Scheme,
)
from custody.hsm.token.errors import CapabilityMissingError, TokenResultError

DIGEST_BYTES = 32
MAC_BYTES = 4096


def missing(backend: str, capability: str) -> CapabilityMissingError:
    """The one error for what a back-end does not offer."""
    return CapabilityMissingError(f"key back-end {backend} does not offer {capability}")


def check_signing(
    backend: str, offered: Capabilities, *, scheme: Scheme, digest32: bytes, tweak: bytes | None
) -> None:
    """Raise ValueError or CapabilityMissingError before anything reaches a key."""
    if len(digest32) != DIGEST_BYTES:
        raise ValueError("only 32-byte digests are signed")
    if scheme not in offered.schemes:
        raise missing(backend, f"scheme {scheme}")
    if tweak is not None and not offered.tweak:
        raise missing(backend, "tweak")


def check_wrapped_signing(backend: str, offered: Capabilities, *, scheme: Scheme, digest32: bytes) -> None:
    """Raise ValueError or CapabilityMissingError before a blob is opened."""
    if len(digest32) != DIGEST_BYTES:
        raise ValueError("only 32-byte digests are signed")
    if scheme not in offered.wrapped:
        raise missing(backend, f"key class {KeyClass.WRAPPED} for scheme {scheme}")


def check_making(backend: str, offered: Capabilities, *, curve: Curve, key_class: KeyClass) -> None:
    """Raise CapabilityMissingError before a key is made."""
    if not offered.offers(SCHEME_OF[curve], key_class):
        raise missing(backend, f"key class {key_class} on curve {curve}")


def check_mac(data: bytes) -> None:
    """Raise ValueError for more than a service takes in one call."""
    if not 0 < len(data) <= MAC_BYTES:
        raise ValueError(f"a MAC is over 1 to {MAC_BYTES} bytes")


def finished(signature: bytes, scheme: Scheme) -> bytes:
    """Return the 64 bytes with low S for secp256k1; raises TokenResultError for another length."""
    if len(signature) != 2 * DIGEST_BYTES:
        raise TokenResultError("a signature of a wrong length")
    return low_s(signature) if scheme is Scheme.ECDSA_SECP256K1 else signature


def from_der(der: bytes) -> bytes:
    """ECDSA signature in DER to r || s (SEC 1, C.5); raises TokenResultError."""
    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(DIGEST_BYTES, "big") + s.to_bytes(DIGEST_BYTES, "big")
    except (ValueError, OverflowError):
        raise TokenResultError("a signature that is not DER") from None


def health_of(backend: KeyBackend) -> Health:
    """Health by asking what the back-end is; whatever goes wrong is the answer."""
    try:
        found = backend.describe()
    except CustodyError as error:
        return Health(ok=False, detail=error.code)
    return Health(ok=True, detail=f"{found.manufacturer} {found.model}".strip())

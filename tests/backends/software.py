"""A back-end in memory that keeps every promise, for tests that break one at a time."""

import hmac
import os
import secrets

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from custody.hsm.backends import guards, points
from custody.hsm.backends.interface import (
    SCHEME_OF,
    Capabilities,
    Curve,
    Description,
    Health,
    KeyClass,
    MadeKey,
    Scheme,
)
from custody.hsm.token.errors import KeyDisabledError, KeyUnknownError, TokenResultError

CURVES: dict[Curve, ec.EllipticCurve] = {"secp256k1": ec.SECP256K1(), "secp256r1": ec.SECP256R1()}
BORN = {"sensitive": True, "always_sensitive": True, "local": True}
INSIDE = {**BORN, "extractable": False, "never_extractable": True}
OUTSIDE = {**BORN, "extractable": True, "never_extractable": False}


class Software:
    """No product code: the product has no software back-end."""

    name = "software"

    def __init__(self) -> None:
        self.private: dict[str, ec.EllipticCurvePrivateKey] = {}
        self.macs: dict[str, bytes] = {}
        self.disabled: set[str] = set()
        self.wrapping_key = os.urandom(32)

    def sign(self, *, handle: str, scheme: Scheme, digest32: bytes, tweak: bytes | None = None) -> bytes:
        guards.check_signing(self.name, self.capabilities(), scheme=scheme, digest32=digest32, tweak=tweak)
        if handle in self.disabled:
            raise KeyDisabledError("disabled")
        return guards.finished(self.raw(self.key(handle), digest32), scheme)

    def raw(self, key: ec.EllipticCurvePrivateKey, digest32: bytes) -> bytes:
        return guards.from_der(key.sign(digest32, ec.ECDSA(Prehashed(SHA256()))))

    def key(self, handle: str) -> ec.EllipticCurvePrivateKey:
        if handle not in self.private:
            raise KeyUnknownError("unknown")
        return self.private[handle]

    def public_key(self, handle: str) -> bytes:
        return points.compressed(self.key(handle).public_key())

    def generate(
        self, *, label: str, curve: Curve, key_class: KeyClass, handle: str | None = None
    ) -> MadeKey:
        guards.check_making(self.name, self.capabilities(), curve=curve, key_class=key_class)
        if handle is not None:
            return MadeKey(handle, self.public_key(handle), self.attributes(KeyClass.NEVER_LEAVES))
        key = ec.generate_private_key(CURVES[curve])
        public = points.compressed(key.public_key())
        if key_class is KeyClass.WRAPPED:
            plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            blob = aes_key_wrap_with_padding(self.wrapping_key, plain)
            return MadeKey("", public, self.attributes(key_class), blob)
        made = secrets.token_hex(8)
        self.private[made] = key
        return MadeKey(made, public, self.attributes(key_class))

    def attributes(self, key_class: KeyClass) -> dict[str, bool | str]:
        return dict(OUTSIDE if key_class is KeyClass.WRAPPED else INSIDE)

    def sign_wrapped(self, *, blob: bytes, curve: Curve, digest32: bytes, public_key: bytes) -> bytes:
        scheme = SCHEME_OF[curve]
        guards.check_wrapped_signing(self.name, self.capabilities(), scheme=scheme, digest32=digest32)
        key = self.unwrap(blob)
        self.prove(key, public_key)
        return guards.finished(self.raw(key, digest32), scheme)

    def prove(self, key: ec.EllipticCurvePrivateKey, public_key: bytes) -> None:
        if points.compressed(key.public_key()) != public_key:
            raise TokenResultError("another key")

    def unwrap(self, blob: bytes) -> ec.EllipticCurvePrivateKey:
        try:
            key = load_der_private_key(aes_key_unwrap_with_padding(self.wrapping_key, blob), None)
        except (InvalidUnwrap, ValueError):
            raise KeyUnknownError("not our blob") from None
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def generate_mac_key(self, *, label: str) -> str:
        handle = secrets.token_hex(8)
        self.macs[handle] = os.urandom(32)
        return handle

    def mac(self, *, handle: str, data: bytes) -> bytes:
        return hmac.digest(self.macs[handle], data, "sha256")

    def destroy(self, handle: str) -> None:
        if self.macs.pop(handle, None) is None and self.private.pop(handle, None) is None:
            raise KeyUnknownError("unknown")

    def health(self) -> Health:
        return guards.health_of(self)

    def capabilities(self) -> Capabilities:
        schemes = frozenset(SCHEME_OF[curve] for curve in CURVES)
        return Capabilities(schemes=schemes, wrapped=schemes, mac=True, threads=True, forks=True)

    def describe(self) -> Description:
        return Description(
            manufacturer="Tests", model="Software", serial="1", firmware="1", tested=True, notes=()
        )

    def close(self) -> None:
        """There is no connection."""
